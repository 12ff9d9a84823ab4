var zu=Object.create;var cs=Object.defineProperty;var Lu=Object.getOwnPropertyDescriptor;var Wu=Object.getOwnPropertyNames;var Mu=Object.getPrototypeOf,Vu=Object.prototype.hasOwnProperty;var Du=(n,e)=>()=>{try{return e||n((e={exports:{}}).exports,e),e.exports}catch(t){throw e=0,t}};var Iu=(n,e,t,r)=>{if(e&&typeof e=="object"||typeof e=="function")for(let i of Wu(e))!Vu.call(n,i)&&i!==t&&cs(n,i,{get:()=>e[i],enumerable:!(r=Lu(e,i))||r.enumerable});
return n};var Uu=(n,e,t)=>(t=n!=null?zu(Mu(n)):{},Iu(e||!n||!n.__esModule?cs(t,"default",{value:n,enumerable:!0}):t,n));var Fa=Du((wg,Ga)=>{"use strict";var St=[[{color:"0, 0, 0",class:"ansi-black"},{color:"187, 0, 0",class:"ansi-red"},{color:"0, 187, 0",class:"ansi-green"},{color:"\
187, 187, 0",class:"ansi-yellow"},{color:"0, 0, 187",class:"ansi-blue"},{color:"187, 0, 187",class:"ansi-magenta"},{color:"0, 187, 187",class:"ansi-cyan"},{color:"\
255,255,255",class:"ansi-white"}],[{color:"85, 85, 85",class:"ansi-bright-black"},{color:"255, 85, 85",class:"ansi-bright-red"},{color:"0, 255, 0",class:"ansi-b\
right-green"},{color:"255, 255, 85",class:"ansi-bright-yellow"},{color:"85, 85, 255",class:"ansi-bright-blue"},{color:"255, 85, 255",class:"ansi-bright-magenta"},
{color:"85, 255, 255",class:"ansi-bright-cyan"},{color:"255, 255, 255",class:"ansi-bright-white"}]],Mf=/(https?:\/\/(?:[A-Za-z0-9#;/?:@=+$',_.!~*()[\]-]|&amp;|%[A-Fa-f0-9]{2})+)/gm,
oo=class n{static escapeForHtml(e){return new n().escapeForHtml(e)}static linkify(e){return new n().linkify(e)}static ansiToHtml(e,t){return new n().ansiToHtml(
e,t)}static ansiToJson(e,t){return new n().ansiToJson(e,t)}static ansiToText(e){return new n().ansiToText(e)}constructor(){this.fg=this.bg=this.fg_truecolor=this.
bg_truecolor=null,this.bright=0,this.decorations=[]}setupPalette(){this.PALETTE_COLORS=[];for(let l=0;l<2;++l)for(let u=0;u<8;++u)this.PALETTE_COLORS.push(St[l][u].
color);let e=[0,95,135,175,215,255],t=(l,u,f)=>e[l]+", "+e[u]+", "+e[f],r,i,o;for(let l=0;l<6;++l)for(let u=0;u<6;++u)for(let f=0;f<6;++f)this.PALETTE_COLORS.push(
t(l,u,f));let s=8;for(let l=0;l<24;++l,s+=10)this.PALETTE_COLORS.push(s+", "+s+", "+s)}escapeForHtml(e){return e.replace(/[&<>\"]/gm,t=>t=="&"?"&amp;":t=='"'?"&\
quot;":t=="<"?"&lt;":t==">"?"&gt;":"")}linkify(e){return e.replace(Mf,t=>`<a href="${t}">${t}</a>`)}ansiToHtml(e,t){return this.process(e,t,!0)}ansiToJson(e,t){
return t=t||{},t.json=!0,t.clearLine=!1,this.process(e,t,!0)}ansiToText(e){return this.process(e,{},!1)}process(e,t,r){let i=this,o=e.split(/\033\[/),s=o.shift();
t==null&&(t={}),t.clearLine=/\r/.test(e);let l=o.map(u=>this.processChunk(u,t,r));if(t&&t.json){let u=i.processChunkJson("");return u.content=s,u.clearLine=t.clearLine,
l.unshift(u),t.remove_empty&&(l=l.filter(f=>!f.isEmpty())),l}else l.unshift(s);return l.join("")}processChunkJson(e,t,r){t=typeof t>"u"?{}:t;let i=t.use_classes=
typeof t.use_classes<"u"&&t.use_classes,o=t.key=i?"class":"color",s={content:e,fg:null,bg:null,fg_truecolor:null,bg_truecolor:null,isInverted:!1,clearLine:t.clearLine,
decoration:null,decorations:[],was_processed:!1,isEmpty:()=>!s.content},l=e.match(/^([!\x3c-\x3f]*)([\d;]*)([\x20-\x2c]*[\x40-\x7e])([\s\S]*)/m);if(!l)return s;
let u=s.content=l[4],f=l[2].split(";");if(l[1]!==""||l[3]!=="m"||!r)return s;let d=this;for(;f.length>0;){let O=f.shift(),p=parseInt(O);if(isNaN(p)||p===0)d.fg=
d.bg=null,d.decorations=[];else if(p===1)d.decorations.push("bold");else if(p===2)d.decorations.push("dim");else if(p===3)d.decorations.push("italic");else if(p===
4)d.decorations.push("underline");else if(p===5)d.decorations.push("blink");else if(p===7)d.decorations.push("reverse");else if(p===8)d.decorations.push("hidden");else if(p===
9)d.decorations.push("strikethrough");else if(p===21)d.removeDecoration("bold");else if(p===22)d.removeDecoration("bold"),d.removeDecoration("dim");else if(p===
23)d.removeDecoration("italic");else if(p===24)d.removeDecoration("underline");else if(p===25)d.removeDecoration("blink");else if(p===27)d.removeDecoration("rev\
erse");else if(p===28)d.removeDecoration("hidden");else if(p===29)d.removeDecoration("strikethrough");else if(p===39)d.fg=null;else if(p===49)d.bg=null;else if(p>=
30&&p<38)d.fg=St[0][p%10][o];else if(p>=90&&p<98)d.fg=St[1][p%10][o];else if(p>=40&&p<48)d.bg=St[0][p%10][o];else if(p>=100&&p<108)d.bg=St[1][p%10][o];else if(p===
38||p===48){let h=p===38;if(f.length>=1){let g=f.shift();if(g==="5"&&f.length>=1){let y=parseInt(f.shift());if(y>=0&&y<=255)if(!i)this.PALETTE_COLORS||d.setupPalette(),
h?d.fg=this.PALETTE_COLORS[y]:d.bg=this.PALETTE_COLORS[y];else{let b=y>=16?"ansi-palette-"+y:St[y>7?1:0][y%8].class;h?d.fg=b:d.bg=b}}else if(g==="2"&&f.length>=
3){let y=parseInt(f.shift()),b=parseInt(f.shift()),x=parseInt(f.shift());if(y>=0&&y<=255&&b>=0&&b<=255&&x>=0&&x<=255){let P=y+", "+b+", "+x;i?h?(d.fg="ansi-true\
color",d.fg_truecolor=P):(d.bg="ansi-truecolor",d.bg_truecolor=P):h?d.fg=P:d.bg=P}}}}}if(d.fg===null&&d.bg===null&&d.decorations.length===0)return s;{let O=[],p=[],
h={};return s.fg=d.fg,s.bg=d.bg,s.fg_truecolor=d.fg_truecolor,s.bg_truecolor=d.bg_truecolor,s.decorations=d.decorations,s.decoration=d.decorations.slice(-1).pop()||
null,s.was_processed=!0,s}}processChunk(e,t,r){t=t||{};let i=this.processChunkJson(e,t,r),o=t.use_classes;if(i.decorations=i.decorations.filter(O=>{if(O==="reve\
rse"){i.fg||(i.fg=St[0][7][o?"class":"color"]),i.bg||(i.bg=St[0][0][o?"class":"color"]);let p=i.fg;i.fg=i.bg,i.bg=p;let h=i.fg_truecolor;return i.fg_truecolor=i.
bg_truecolor,i.bg_truecolor=h,i.isInverted=!0,!1}return!0}),t.json)return i;if(i.isEmpty())return"";if(!i.was_processed)return i.content;let s=[],l=[],u=[],f={},
d=O=>{let p=[],h;for(h in O)O.hasOwnProperty(h)&&p.push("data-"+h+'="'+this.escapeForHtml(O[h])+'"');return p.length>0?" "+p.join(" "):""};return i.isInverted&&
(f["ansi-is-inverted"]="true"),i.fg&&(o?(s.push(i.fg+"-fg"),i.fg_truecolor!==null&&(f["ansi-truecolor-fg"]=i.fg_truecolor,i.fg_truecolor=null)):s.push("color:rg\
b("+i.fg+")")),i.bg&&(o?(s.push(i.bg+"-bg"),i.bg_truecolor!==null&&(f["ansi-truecolor-bg"]=i.bg_truecolor,i.bg_truecolor=null)):s.push("background-color:rgb("+i.
bg+")")),i.decorations.forEach(O=>{if(o){l.push("ansi-"+O);return}O==="bold"?l.push("font-weight:bold"):O==="dim"?l.push("opacity:0.5"):O==="italic"?l.push("fon\
t-style:italic"):O==="hidden"?l.push("visibility:hidden"):O==="strikethrough"?u.push("line-through"):u.push(O)}),u.length&&l.push("text-decoration:"+u.join(" ")),
o?'<span class="'+s.concat(l).join(" ")+'"'+d(f)+">"+i.content+"</span>":'<span style="'+s.concat(l).join(";")+'"'+d(f)+">"+i.content+"</span>"}removeDecoration(e){
let t=this.decorations.indexOf(e);t>=0&&this.decorations.splice(t,1)}};Ga.exports=oo});var Y,hs,Xu,gt,ai,Gn,ps,Un,Os,ui,li,ju,ln=Symbol.for("pv"),Fn={},Hn=[],Gu=/^m(i|n|o|s|text|space)$/,ci=Array.isArray,ms=Hn.slice,$t=Object.assign;function At(n){
n&&n.parentNode&&n.remove()}function Xn(n,e,t,r,i){var o={type:n,props:e,key:t,ref:r,__k:null,__:null,__b:0,__e:null,__c:null,constructor:ln,__v:i||++hs,__i:-1,__u:0};return!i&&Y.vnode&&Y.
vnode(o),o}function $(n){return n.children}function Yt(n,e){this.props=n,this.context=e,this.__g=0}function bt(n,e){if(e==null)return n.__&&bt(n.__,n.__i+1);for(var t;e<n.
__k.length;e++)if((t=n.__k[e])&&t.__e)return t.__e;return typeof n.type!="function"||n.props.__P?null:bt(n)}function Fu(n){var e,t=n.__v,r=t.__e,i=[],o=[],s=n.__P;
s&&((e=$t({constructor:ln},t)).__v=t.__v+1,Y.vnode&&Y.vnode(e),di(s,e,t,n.__n,s.namespaceURI,32&t.__u?[r]:null,i,r||bt(t),32&t.__u,o),e.__v=t.__v,e.__.__k[e.__i]=
e,ws(i,e,o),t.__=t.__e=null,e.__e!=r&&gs(e))}function gs(n){if((n=n.__)&&n.__c&&!n.props.__P)return n.__e=null,n.__k.some(function(e){return e&&(n.__e=e.__e)}),
gs(n)}function ds(n){(8&n.__g||(n.__g|=8,gt.push(n),Gn++))&&ai==Y.debounceRendering||((ai=Y.debounceRendering)||queueMicrotask)(bs)}function bs(){try{for(var n,
e=1;gt.length;)gt.length>e&&gt.sort(ps),n=gt.shift(),e=gt.length,8&n.__g&&Fu(n)}finally{(Gn=gt.length)&&(ai||queueMicrotask)(bs)}}function ys(n,e,t,r,i,o,s,l,u,f,d){
var O,p,h,g,y,b,x=r.__k||Hn,P=e.length;for(u=Hu(t,e,x,u,P),O=0;O<P;O++)(h=t.__k[O])!=null&&(p=~h.__i&&x[h.__i]||Fn,h.__i=O,b=di(n,h,p,i,o,s,l,u,f,d),g=h.__e,(p.
ref!=h.ref||8&p.__u)&&(p.ref&&fi(p.ref,null,h,p),h.ref&&d.push(h.ref,h.__c||g,h)),y=y||g,4&h.__u?(u=_s(h,u,n,!p.__v),p.__e&&(p.__e=null)):typeof h.type=="functi\
on"&&b!==void 0?u=b:g&&(u=g.nextSibling),h.__u&=-21);return t.__e=y,u}function Hu(n,e,t,r,i){var o,s,l,u,f,d,O,p,h,g=t.length,y=g,b=0,x=0,P=n.__k=Array(i);for(o=
0;o<i;o++)(s=e[o])!=null&&typeof s!="boolean"&&typeof s!="function"?(typeof s!="object"||s.constructor===String?s=P[o]=Xn(null,s):ci(s)?s=P[o]=Xn($,{children:s}):
s.constructor===ln&&s.__b?s=P[o]=Xn(s.type,s.props,s.key,s.ref,s.__v):P[o]=s,u=o+b,s.__=n,s.__b=n.__b+1,l=null,~(f=s.__i=Zu(s,t,u,y))&&(y--,(l=t[f])&&(l.__u|=2)),
l&&l.__v?(s.__u|=16,f==u-1?b--:f==u+1?b++:f!=u&&(f>u?b--:b++,x=1)):(~f||(i>g?b--:i<g&&b++),typeof s.type!="function"&&(s.__u|=4))):P[o]=null;if(x){for(d=[],O=[],
o=0;o<i;o++)if((s=P[o])&&16&s.__u){for(b=0,p=d.length;b<p;)d[h=b+p>>1]<s.__i?b=h+1:p=h;d[b]=s.__i,O[o]=b+1}for(b=d.length;o--;)O[o]&&(O[o]==b?b--:P[o].__u|=4)}if(y)
for(o=0;o<g;o++)!(l=t[o])||2&l.__u||(l.__e==r&&(r=bt(l)),hi(l,l));return r}function _s(n,e,t,r){var i,o,s,l;if(typeof n.type=="function"){if(n.props.__P)return e;
if(i=n.__k)for(o=0;o<i.length;o++)i[o]&&(i[o].__=n,e=_s(i[o],e,t,!1));return e}for(e&&!e.parentNode&&(e=bt(n))&&!e.parentNode&&(e=null),s=n.__e,l=e;l&&l.nodeType==
8;)l=l.nextSibling;for(s!=l&&(!r&&t.moveBefore&&s.parentNode?t.moveBefore(s,e):t.insertBefore(s,e||null)),e=s;(e=e&&e.nextSibling)&&e.nodeType==8&&!e.data.startsWith(
"$s"););return e}function Zu(n,e,t,r){var i,o=n.key,s=n.type,l=e[t],u=l&&!(2&l.__u);if(l===null&&o==null||u&&o==l.key&&s==l.type)return t;if(r>(u?1:0)){for(i=t-1;i>=0;i--)if((l=
e[i])&&!(2&l.__u)&&o==l.key&&s==l.type)return i;for(i=t+1;i<e.length;i++)if((l=e[i])&&!(2&l.__u)&&o==l.key&&s==l.type)return i}return-1}function fs(n,e,t){t==null&&
(t=""),e[0]=="-"?n.setProperty(e,t):n[e]=t}function In(n,e,t,r,i){var o,s;if(e=="style")if(typeof t=="string")n.style.cssText=t;else{if(typeof r=="string"&&(n.style.
cssText=r=""),r)for(e in r)t&&e in t||fs(n.style,e);if(t)for(e in t)r&&t[e]==r[e]||fs(n.style,e,t[e])}else if(e[0]=="o"&&e[1]=="n")typeof t!="function"&&(t=null),
typeof r!="function"&&(r=null),(n.__e||(n.__e={}))[e]=t,t&&r||(s=li[e]||(li[e]=Yu(e)),(n.__a||(n.__a={}))[e]=ui,o=e!=(e=e.replace(Os,"$1")),(e=e.slice(2))[0]<"a"&&
(e=e.toLowerCase()),t?n.addEventListener(e,s,o):n.removeEventListener(e,s,o));else{if(i=="http://www.w3.org/2000/svg")e=e.replace(/xlink(H|:h)/,"h").replace(/sName$/,
"s");else if(e!="width"&&e!="height"&&e!="href"&&e!="list"&&e!="form"&&e!="tabIndex"&&e!="download"&&e!="rowSpan"&&e!="colSpan"&&e!="role"&&e!="popover"&&e in n)
try{return void(n[e]=t??"")}catch{}if(typeof t=="function")return;t==null||t===!1&&e[4]!="-"?n.removeAttribute(e):n.setAttribute(e,e=="popover"&&t==1?"":t)}}function Yu(n){
return function(e){var t=this.__e;if(t){if(t=t[n],e[Un]==null)e[Un]=ui++;else if(e[Un]<this.__a[n])return;return t(Y.event?Y.event(e):e)}}}function di(n,e,t,r,i,o,s,l,u,f){
var d,O,p,h,g,y,b,x,P,N,W,M,z,k,A,q,I,C,R=e.type;if(e.constructor!==ln)return null;128&t.__u&&(u=32&t.__u,d=t.__c.__z)&&(e.__u|=u,O=o=[],d.nodeType==8?l=jn(d,o):
o.push(d),l=o[0]||l),(d=Y.__b)&&d(e);e:if(typeof R=="function"){p=s.length;try{if(x=e.props,P=(d=R.prototype)&&d.render,N=(d=R.contextType)&&r[d.__c],W=d?N?N.props.
value:d.__:r,(h=t.__c)?(e.__c=h,2&h.__g&&(h.__g|=1)):(P?e.__c=h=new R(x,W):(e.__c=h=new Yt(x,W),h.constructor=R,h.render=Ju),N&&N.sub(h),h.state||(h.state={}),h.
__n=r,h.__g|=8,h.__h=[],h.__k=[]),P&&(h.__s||(h.__s=h.state),R.getDerivedStateFromProps&&(h.__s==h.state&&(h.__s=$t({},h.__s)),$t(h.__s,R.getDerivedStateFromProps(
x,h.__s)))),g=h.props,y=h.state,h.__v=e,t.__c){if(x!==g&&P&&!R.getDerivedStateFromProps&&h.componentWillReceiveProps&&h.componentWillReceiveProps(x,W),e.__v==t.
__v&&!(8&h.__g)||!(4&h.__g)&&h.shouldComponentUpdate&&h.shouldComponentUpdate(x,h.__s,W)===!1){e.__v!=t.__v&&(h.props=x,h.state=h.__s,h.__g&=-9),e.__e=t.__e,e.__k=
t.__k,e.__k.some(function(U){U&&(U.__=e)}),Hn.push.apply(h.__h,h.__k),h.__k=[],h.__h.length&&s.push(h),l=bt(t);break e}h.componentWillUpdate&&h.componentWillUpdate(
x,h.__s,W),P&&h.componentDidUpdate&&h.__h.push(function(){h.componentDidUpdate(g,y,b)})}else P&&!R.getDerivedStateFromProps&&h.componentWillMount&&h.componentWillMount(),
P&&h.componentDidMount&&h.__h.push(h.componentDidMount);h.context=W,h.props=x,h.__P=n,h.__g&=-5,M=Y.__r,z=P?25:0;do h.__g&=-9,M&&M(e),d=h.render(h.props,h.state=
h.__s,h.context);while(8&h.__g&&++z<25);P&&(Hn.push.apply(h.__h,h.__k),h.__k=[]),h.state=h.__s,h.getChildContext&&(r=$t({},r,h.getChildContext())),P&&t.__c&&h.getSnapshotBeforeUpdate&&
(b=h.getSnapshotBeforeUpdate(g,y)),k=d&&d.type===$&&d.key==null?d.props.children:d,x.__P&&(d=l,i=(n=x.__P).namespaceURI,u=o=null,t.props&&t.props.__P!=n&&(t.__k.
some(function(U){U&&hi(U,U)}),t.__k=null),l=t.__k?bt(t,0):null),l=ys(n,ci(k)?k:[k],e,t,r,i,o,s,l,u,f),x.__P&&(e.__e=null,l=d),e.__u&=-161,O&&O.some(At),h.__h.length&&
s.push(h),1&h.__g&&(h.__g&=-4)}catch(U){if(s.length=p,e.__v=null,u||o)if(U&&U.then){if(e.__u|=128|u,o){for(~(I=o.indexOf(l||void 0))||(I=o.length);(C=o[I-1])&&C.
nodeType==8;)I--;for(;I<o.length;I++)if(C=o[I])if(o[I]=null,A){if(C==q)break}else{if(C.nodeType!=8)break;C.data.startsWith("$s")&&(q=jn(A=C))}}if(!A){for(;l&&l.
nodeType==8&&l.nextSibling;)l=l.nextSibling;A=l}(d=jn(A=e.__c.__z||(e.__c.__z=A)))?(e.__e=A,l=d):e.__e=l,l=l&&l.nextSibling}else o&&o.some(At);else e.__e=t.__e;
e.__k||(e.__k=t.__k||[]),U&&U.then||Ts(e),Y.__e(U,e,t)}}else l=e.__e=Bu(t.__e,e,t,r,i,o,s,u,f,n);return(d=Y.diffed)&&d(e),l}function jn(n,e){if(n&&n.nodeType==8&&
n.data.startsWith("$s"))for(var t=1;n=n.nextSibling;){if(n.nodeType==8){if(n.data.startsWith("$s"))t++;else if(n.data.startsWith("/$s")&&!--t)return n}e&&e.push(
n)}}function Ts(n){n&&(n.__c&&(n.__c.__g|=4),n.__k&&n.__k.some(Ts))}function ws(n,e,t){for(var r=0;r<t.length;)fi(t[r++],t[r++],t[r++]);Y.__c&&Y.__c(e,n),n.some(
function(i){try{n=i.__h,i.__h=[],n.some(function(o){o.call(i)})}catch(o){Y.__e(o,i.__v)}})}function Bu(n,e,t,r,i,o,s,l,u,f){var d,O,p,h,g,y,b,x,P=t.props||Fn,N=e.
props,W=e.type;if(W=="svg"?i="http://www.w3.org/2000/svg":W=="math"?i="http://www.w3.org/1998/Math/MathML":i||(i="http://www.w3.org/1999/xhtml"),o){for(d=0;d<o.
length;d++)if((g=o[d])&&(W?g.localName==W:g.nodeType==3)){n=g,o[d]=null;break}}if(!n){if(x=f.ownerDocument||document,!W)return x.createTextNode(N);n=x.createElementNS(
i,W,N.is?N:f),l&&(Y.__m&&Y.__m(e,o),l=!1),o=null}if(W){if(f=W=="template"&&n.content||n,o=W=="textarea"&&N.defaultValue!=null?null:o&&ms.call(f.childNodes),!l&&
o)for(P={},d=0;d<n.attributes.length;d++)P[(g=n.attributes[d]).name]=g.value;for(d in P)g=P[d],d=="dangerouslySetInnerHTML"?p=g:d=="children"||d in N||d=="value"&&
"defaultValue"in N||d=="checked"&&"defaultChecked"in N||In(n,d,null,g,i);for(d in N)g=N[d],d=="children"?h=g:d=="dangerouslySetInnerHTML"?O=g:d=="value"?y=g:d==
"checked"?b=g:l&&typeof g!="function"||P[d]===g||In(n,d,g,P[d],i);O?(l||p&&(O.__html==p.__html||O.__html==n.innerHTML)||(n.innerHTML=O.__html),e.__k=[]):(p&&(n.
textContent=""),(W=="foreignObject"||i=="http://www.w3.org/1998/Math/MathML"&&Gu.test(W))&&(i="http://www.w3.org/1999/xhtml"),ys(f,ci(h)?h:[h],e,t,r,i,o,s,o?o[0]:
t.__k&&bt(t,0),l,u),o&&o.some(At)),l&&W!="textarea"||(d="value",W=="progress"&&y==null?n.removeAttribute(d):y==null||y===n[d]&&(W!="progress"||y)||In(n,d,y,P[d],
i),d="checked",b!=null&&b!=n[d]&&In(n,d,b,P[d],i))}else P===N||l&&n.data==N||(n.data=N);return n}function fi(n,e,t,r){try{typeof n=="function"?e?e.__x=n(e)||1:r&&
(r=r.__c||r.__e)&&(e=r.__x)&&(r.__x=null,typeof e=="function"?e():n(null)):n.current=e}catch(i){Y.__e(i,t)}}function hi(n,e,t){var r,i,o,s;if(Y.unmount&&Y.unmount(
n),!(r=n.ref)||r.current&&r.current!=n.__e||fi(r,null,e,n),r=n.__c){if(r.componentWillUnmount)try{r.componentWillUnmount()}catch(l){Y.__e(l,e)}r.__P=r.__n=null}
if(r=n.__k)for(s=0;s<r.length;s++)r[s]&&hi(r[s],e,typeof n.type!="function"||t&&!n.props.__P);!t&&(r=n.__c)&&(r=r.__z)&&(i=jn(r,o=[]))&&(r==n.__e&&o.some(At),At(
i),At(r)),t||At(n.__e),n.__e=n.__c=n.__=null}function Ju(n,e,t){return this.constructor(n,t)}function pi(n,e){var t,r,i,o;Y.__&&Y.__(n,e),e.nodeType==9&&(e=e.documentElement),
r=(t=n&&32&n.__u)?null:e.__k,e.__k=Xn($,{children:[n]}),i=[],o=[],di(e,e.__k,r||Fn,Fn,e.namespaceURI,r?null:e.firstChild?ms.call(e.childNodes):null,i,r?r.__e:e.
firstChild,t,o),ws(i,e.__k,o),e.__k.props.children=null}Y={__e:function(n,e,t,r){for(var i,o,s;e=e.__;)if((i=e.__c)&&!(1&i.__g)){i.__g|=4;try{if((s=(o=i.constructor)&&o.getDerivedStateFromError)&&i.setState(o.getDerivedStateFromError(
n)),i.componentDidCatch&&(i.componentDidCatch(n,r||{}),s=1),s&&8&i.__g)return void(i.__g|=2)}catch(l){n=l}}throw Gn=0,n}},hs=0,Xu=function(n){return n!=null&&n.
constructor===ln},Yt.prototype.setState=function(n,e){var t=this.__s;t&&t!=this.state||(t=this.__s=$t({},this.state)),typeof n=="function"&&(n=n($t({},t),this.props)),
n&&($t(t,n),this.__v&&(e&&this.__k.push(e),ds(this)))},Yt.prototype.forceUpdate=function(n){this.__v&&(this.__g|=4,n&&this.__h.push(n),ds(this))},Yt.prototype.render=
$,gt=[],Gn=0,ps=function(n,e){return n.__v.__b-e.__v.__b},Un=Symbol(),Os=/(PointerCapture)$|Capture$/i,ui=0,li={},ju=0;var Bt,ue,Oi,Ss,mi=Object.is,cn=0,$s=[],gi=[],se=Y,vs=se.__b,xs=se.__r,ks=se.diffed,Qs=se.__c,Ps=se.unmount,Rs=se.__;function Zn(n,e){se.__h&&se.__h(ue,n,cn||e),
cn=0;var t=ue.__H||(ue.__H={__:[],__h:[]});return n>=t.__.length&&t.__.push({}),t.__[n]}function E(n){return cn=1,yi(Ns,n)}function yi(n,e,t){var r=Zn(Bt++,2);if(r.
t=n,!r.__c&&(r.__=[t?t(e):Ns(void 0,e),function(o){var s=(r.__N||r.__)[0],l=r.t(s,o);mi(s,l)||(r.__N=[l,r.__[1]],r.__c.setState({}))}],r.__c=ue,!ue.__f)){ue.__f=
!0;var i=ue.shouldComponentUpdate;ue.shouldComponentUpdate=function(o,s,l){var u=this.__H;if(!u)return!0;var f=!1,d=this.props!=o;if(u.__.some(function(p){p.__N&&
(f=!0,mi(p.__[0],p.__N[0])||(d=!0))}),i){var O=i.call(this,o,s,l);return f?O||d:O}return!f||d}}return r.__}function G(n,e){var t=Zn(Bt++,3);!se.__s&&_i(t.__H,e)&&
(t.__P=!0,t.__=n,t.u=e,ue.__H.__h.push(t))}function xe(n,e){var t=Zn(Bt++,4);!se.__s&&_i(t.__H,e)&&(t.__P=!1,t.__=n,t.u=e,ue.__h.push(t))}function V(n){return cn=
5,_e(function(){return{current:n}},[])}function _e(n,e){var t=Zn(Bt++,7);return _i(t.__H,e)&&(t.__=n(),t.__H=e),t.__}function $e(n,e){return cn=8,_e(function(){return n},e)}function Ku(){var n;do{for(;n=gi.shift();)try{un(n)}catch(t){se.__e(t,{__:(n=n.__P)&&n.__v})}for(;n=$s.shift();){var e=n.__H;if(n.__P&&e)try{e.__h.some(un),e.__h.
some(bi),e.__h=[]}catch(t){e.__h=[],se.__e(t,n.__v)}}}while(gi.length)}se.__b=function(n){ue=null,vs&&vs(n)},se.__=function(n,e){n&&e.__k&&e.__k.__m&&(n.__m=e.__k.
__m),Rs&&Rs(n,e)},se.__r=function(n){xs&&xs(n),Bt=0;var e=(ue=n.__c).__H;e&&(Oi==ue?ue.__h=[]:(e.__h.some(un),e.__h.some(bi),Bt=0),e.__h=[],e.__.some(function(t){
t.__N&&(t.__=t.__N),t.u=t.__N=void 0})),Oi=ue},se.diffed=function(n){ks&&ks(n);var e=n.__c;e&&e.__H&&(e.__H.__h.length&&As($s.push(e)),e.__H.__.some(function(t){
t.u&&(t.__H=t.u)})),Oi=ue=null},se.__c=function(n,e){e.some(function(t){try{t.__h.some(un),t.__h=t.__h.filter(function(r){return!r.__||bi(r)})}catch(r){t.__h=[function(){
throw r}]}}),Qs&&Qs(n,e)},se.unmount=function(n){Ps&&Ps(n);var e,t,r=n.__c;r&&r.__H&&(r.__H.__.some(function(i){try{if(i.__P&&i.__c){if(t===void 0){for(t=n.__;t&&
(!t.__c||!t.__c.__P);)t=t.__;t=t&&t.__c}i.__P=t,As(gi.push(i))}else un(i)}catch(o){e=o}}),r.__H=void 0,e&&se.__e(e,r.__v))};var Es=typeof requestAnimationFrame==
"function";function ec(n){var e,t=function(){clearTimeout(r),Es&&cancelAnimationFrame(e),setTimeout(n)},r=setTimeout(t,35);Es&&(e=requestAnimationFrame(t))}function As(n){
n!=1&&Ss==se.requestAnimationFrame||((Ss=se.requestAnimationFrame)||ec)(Ku)}function un(n){var e=ue,t=n.__c;typeof t=="function"&&(n.__c=void 0,t()),ue=e}function bi(n){
var e=ue;n.__c=n.__(),ue=e}function _i(n,e){return!n||n.length!=e.length||e.some(function(t,r){return!mi(t,n[r])})}function Ns(n,e){return typeof e=="function"?
e(n):e}var tc=globalThis.crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)??"",qs=0;function Te(){let[n]=E(()=>(qs+=1,`tb-${tc}-${qs}`));return n}var Yn=class{key;values;constructor(e){this.key=`threadbook.${e}`,this.values=nc(this.key)}get(e,t){return e in this.values?this.values[e]:t}set(e,t){delete this.
values[e],this.values[e]=t;let r=Object.keys(this.values);r.slice(0,Math.max(0,r.length-40)).forEach(i=>delete this.values[i]);try{sessionStorage.setItem(this.key,
JSON.stringify(this.values))}catch{}}};function nc(n){try{let e=JSON.parse(sessionStorage.getItem(n)??"{}");return typeof e=="object"&&e!==null?{...e}:{}}catch{
return{}}}var rc=["NUL","SOH","STX","ETX","EOT","ENQ","ACK","BEL","BS","TAB","LF","VT","FF","CR","SO","SI","DLE","DC1","DC2","DC3","DC4","NAK","SYN","ETB","CAN","EM","SUB",
"ESC","FS","GS","RS","US"],ic=new Map([[127,["DEL","delete"]],[155,["CSI","control sequence introducer"]],[157,["OSC","operating system command"]],[173,["SHY","\
soft hyphen"]],[1564,["ALM","Arabic letter mark"]],[8203,["ZWSP","zero-width space"]],[8204,["ZWNJ","zero-width non-joiner"]],[8205,["ZWJ","zero-width joiner"]],
[8206,["LRM","left-to-right mark"]],[8207,["RLM","right-to-left mark"]],[8232,["LS","line separator"]],[8233,["PS","paragraph separator"]],[8234,["LRE","left-to\
-right embedding"]],[8235,["RLE","right-to-left embedding"]],[8236,["PDF","pop directional formatting"]],[8237,["LRO","left-to-right override"]],[8238,["RLO","r\
ight-to-left override"]],[8288,["WJ","word joiner"]],[8294,["LRI","left-to-right isolate"]],[8295,["RLI","right-to-left isolate"]],[8296,["FSI","first strong is\
olate"]],[8297,["PDI","pop directional isolate"]],[65279,["BOM","byte order mark"]]]),oc="\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u2028\\u2029\\u2800\\u3164\\uf\
e00-\\ufe0f\\uffa0\\u{e0000}-\\u{e0fff}",Cs=`(?![\\t\\n])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}${oc}]`,sc="\\p{Extended_Pictographic}\\ufe0f?(?:\\u200d\\p{Extended_Pictograp\
hic}\\ufe0f?)*",ac="(?<=\\p{M}{6})\\p{M}+",lc=new RegExp(`(${sc})|(${ac})|(\\r\\n)|(${Cs})`,"gu"),uc=new RegExp(`\\p{M}{6}|${Cs}`,"u");function Nt(n){if(!uc.test(
n))return[n];let e=[],t=0,r=i=>{i>t&&e.push(n.slice(t,i))};for(let i of n.matchAll(lc)){let[o,s,l,u]=i;if(s===void 0)if(r(i.index),t=i.index+o.length,u!==void 0)
e.push(`
`);else if(l!==void 0){let f=Array.from(l).length;e.push({label:`+${f} accents`,meaning:"combining characters that were piled up"})}else e.push(cc(o))}return r(
n.length),e}function ke(n){return Nt(n).map(e=>typeof e=="string"?e:`[${e.label}]`).join("")}function cc(n){let e=n.codePointAt(0)??0,t=`U+${e.toString(16).toUpperCase().
padStart(4,"0")}`,r=rc[e];if(r!==void 0)return{label:r,meaning:`${t}, control character`};let[i,o]=ic.get(e)??[t,"invisible character"];return{label:i,meaning:`${t}\
, ${o}`}}var dc=Symbol.for("pv"),fc=0;function a(n,e,t,r,i,o){e||(e={});var s,l,u=e;if("ref"in u&&typeof n!="function")for(l in u={},e)l=="ref"?s=e[l]:u[l]=e[l];var f={type:n,props:u,key:t,ref:s,__k:null,
__:null,__b:0,__e:null,__c:null,constructor:dc,__v:--fc,__i:-1,__u:0};return(i||o)&&(f.__source=i,f.__self=o),Y.vnode&&Y.vnode(f),f}function _(n){return a("bdi",{class:"tb-text",children:qt(n)})}function qt(n){let e=Nt(n);return e.length===1&&typeof e[0]=="string"?e[0]:e.map((t,r)=>typeof t==
"string"?t:a("span",{class:"tb-mark",title:t.meaning,children:t.label},r))}function zs({panel:n,tabs:e,current:t,counts:r,choose:i}){let o=V(null);return a("div",{ref:o,class:"tb-tablist",role:"tablist","aria-label":"Views",onKeyDown:l=>{
let u=e.findIndex(({id:O})=>O===t),f={ArrowRight:(u+1)%e.length,ArrowLeft:(u-1+e.length)%e.length,Home:0,End:e.length-1}[l.key],d=f===void 0?void 0:e[f];f===void 0||
d===void 0||(l.preventDefault(),l.stopPropagation(),i(d.id),(o.current?.children[f]).focus())},children:e.map(({id:l,label:u})=>a("button",{type:"button",role:"\
tab",id:`${n}-tab-${l}`,class:"tb-tab","data-label":u,"aria-selected":l===t,"aria-controls":`${n}-${l}`,tabIndex:l===t?0:-1,onClick:()=>i(l),children:[u,a(hc,{of:r[l]??
0})]},l))})}function hc({of:n}){return n===0?null:a("span",{class:"tb-count",children:[n,a("span",{class:"tb-unseen",children:" waiting"})]})}function Ti({panel:n,
id:e,current:t,children:r}){let i=e===t,o=V(!1);return o.current||=i,a("div",{class:"tb-tabpanel",id:`${n}-${e}`,role:"tabpanel","aria-labelledby":`${n}-tab-${e}`,
hidden:!i,children:o.current&&r(i)})}var Ls=["bytes","kB","MB","GB","TB"];function K(n,e,t=`${e}s`){return`${n.toLocaleString("en")} ${n===1?e:t}`}function Ct(n){let e=0,t=n;for(;t>=999.5&&e<Ls.length-
1;)t/=1e3,e+=1;let r=e>0&&t<9.95?1:0;return`${t.toFixed(r)} ${n===1?"byte":Ls[e]}`}function Bn(n){return`${Math.round(n*100)} %`}function Ne(n){return n.toFixed(
2)}function ye(n){return`${xi(n)} ${Ws(n)}`}function xi(n){let e=new Date(n);return[e.getFullYear(),dn(e.getMonth()+1),dn(e.getDate())].join("-")}function Ws(n){
let e=new Date(n);return[e.getHours(),e.getMinutes(),e.getSeconds()].map(dn).join(":")}function dn(n){return String(n).padStart(2,"0")}var Ms=1e3,Si=60*Ms,vi=60*
Si,wi=24*vi;function Vs(n,e){let t=e-n;return t<Si?"just now":t<vi?`${Math.floor(t/Si)} min ago`:t<wi?`${Math.floor(t/vi)} h ago`:t<30*wi?`${K(Math.floor(t/wi),
"day")} ago`:xi(n)}function Ds(n){let e=Math.max(0,Math.ceil(n/Ms)),[t,r]=[Math.floor(e/86400),Math.floor(e/3600)%24],[i,o]=[Math.floor(e/60)%60,e%60];return t>
0?`${K(t,"day")} ${r} h`:r>0?`${r} h ${dn(i)} min`:i>0?`${i} min ${dn(o)} s`:`${o} s`}function Is(n){return`${xi(n)}T${Ws(n).slice(0,5)}`}function Us(n){let e=n===
""?Number.NaN:new Date(n).getTime();return Number.isNaN(e)?null:e}function Le(n){return n.startsWith("did:key:")?`key:…${n.slice(-6)}`:`${n.replace(/^did:/,"")}\
 (unverified)`}function Ue(n){return n.length>24?`${n.slice(0,12)}…`:n}function Xs(n){return typeof n=="string"?n:JSON.stringify(n,null,2)??String(n)}function ot({problem:n}){return a("div",{class:"tb-failure",role:"alert",children:[a("p",{children:_(n.message)}),n.remedy===null?null:a("p",{children:["What to\
 do: ",_(n.remedy)]})]})}function qe({children:n}){return a("p",{class:"tb-empty",children:n})}function we({asked:n,children:e}){return a($,{children:[n.problem===
null?null:a($,{children:[a(ot,{problem:n.problem}),a("button",{type:"button",class:"tb-button",onClick:n.reload,children:"Try again"})]}),n.value===null?n.problem===
null&&a(qe,{children:"Loading…"}):e(n.value)]})}function Jn(n){let{shown:e,total:t=e,of:r}=n;return t<=e?null:a("p",{class:"tb-quiet",children:["The first ",e.
toLocaleString("en")," of ",K(t,r),"."]})}function he({at:n,now:e}){return a("time",{dateTime:new Date(n).toISOString(),title:ye(n),children:Vs(n,e)})}function ce({
did:n}){return a("span",{class:"tb-actor",title:ke(n),children:_(Le(n))})}function Ye({of:n}){let e=n.filter(([,t])=>t!=null&&t!=="");return a("dl",{class:"tb-f\
acts",children:e.map(([t,r])=>a("div",{children:[a("dt",{children:t}),a("dd",{children:r})]},t))})}function Kn({label:n,of:e}){return a("div",{class:"tb-scroll",
role:"group","aria-label":n,tabIndex:0,children:a("table",{class:"tb-values",children:a("tbody",{children:Object.entries(e).map(([t,r])=>a("tr",{children:[a("th",
{scope:"row",children:_(t)}),a("td",{children:_(Xs(r))})]},t))})})})}function fn({label:n,text:e}){return a("pre",{class:"tb-whole",role:"group","aria-label":n,
tabIndex:0,children:_(e)})}var js=100;function er(n){let{context:e,label:t,entries:r,chosen:i,choose:o}=n,[s,l]=E(""),[u,f]=E(!1),[d,O]=E(js),p=Te(),h=V(null),g=V(null);if(G(()=>{i!==null&&
g.current?.focus()},[i]),i!==null)return a($,{children:[a("button",{type:"button",class:"tb-button",ref:g,onClick:()=>{o(null),requestAnimationFrame(()=>h.current?.
querySelector(`[data-id="${i}"]`)?.focus())},children:["← All ",t.toLowerCase()]}),n.detail(i)]});let y=s.trim().toLowerCase(),b=r.filter(x=>(!u||x.thread===e.
thread)&&n.textOf(x).toLowerCase().includes(y));return a($,{children:[a("div",{class:"tb-bar",children:[a("label",{class:"tb-unseen",for:p,children:["Search ",t.
toLowerCase()]}),a("input",{id:p,class:"tb-field",type:"search",placeholder:`Search ${t.toLowerCase()}`,value:s,onInput:x=>l(x.currentTarget.value)}),a("label",
{class:"tb-check",children:[a("input",{type:"checkbox",checked:u,onChange:x=>f(x.currentTarget.checked)}),"This thread only"]})]}),b.length===0?a(qe,{children:r.
length===0?n.empty:"Nothing matches."}):a("ul",{class:"tb-cards","aria-label":t,ref:h,children:b.slice(0,d).map(x=>a("li",{children:a("button",{type:"button",class:"\
tb-card tb-pick","data-id":x.id,onClick:()=>o(x.id),children:[a("span",{class:"tb-card-title",children:[_(x.name)," ",a("span",{class:"tb-quiet",children:["v",x.
version]})]}),x.description===""?null:a("span",{children:_(x.description)}),a("span",{class:"tb-quiet",children:n.line(x)})]})},x.id))}),b.length<=d?null:a("but\
ton",{type:"button",class:"tb-button",onClick:()=>O(d+js),children:"Show more"})]})}function Gs({nodes:n,edges:e}){let t=tr({nodes:n,edges:e}),r=new Map,i=(f,d)=>{let O=r.get(f);if(O!==void 0)return O;let p=(t.get(f)??[]).filter(g=>!d.has(g));d.
add(f);let h=Math.max(-1,...p.map(g=>i(g,d)))+1;return d.delete(f),r.set(f,h),h};n.forEach(f=>i(f.id,new Set));let o=new Map,s=f=>{let d=(t.get(f)??[]).flatMap(
O=>o.get(O)??[]);return d.length===0?0:d.reduce((O,p)=>O+p,0)/d.length},l=[],u=Math.max(-1,...r.values());for(let f=0;f<=u;f+=1)n.filter(O=>r.get(O.id)===f).map(
(O,p)=>({node:O,place:p,middle:s(O.id)})).sort((O,p)=>O.middle-p.middle||O.place-p.place).forEach(({node:O},p)=>{o.set(O.id,p),l.push({node:O,layer:f,row:p})});
return l}function tr({nodes:n,edges:e}){let t=new Map(n.map(r=>[r.id,[]]));for(let r of e)t.has(r.from)&&r.from!==r.to&&t.get(r.to)?.push(r.from);return t}function Fs(n,e,t,r){
let i=n.find(({node:l})=>l.id===t);if(i===void 0)return null;let o=l=>n.find(({layer:u,row:f})=>u===i.layer&&f===i.row+l)?.node.id??null,s=l=>n.filter(({node:u})=>l.
includes(u.id)).sort((u,f)=>Math.abs(u.row-i.row)-Math.abs(f.row-i.row))[0]?.node.id??null;switch(r){case"ArrowLeft":return s(tr(e).get(t)??[]);case"ArrowRight":
return s(e.edges.filter(l=>l.from===t).map(l=>l.to));case"ArrowUp":return o(-1);case"ArrowDown":return o(1);default:return null}}var rr=132,Jt=44,nr=40,Pi=12;function Hs({lineage:n,current:e,choose:t}){let r=_e(()=>Gs(n),[n]);return a($,{children:[a(pc,{lineage:n,placed:r,current:e,choose:t}),
a("details",{class:"tb-details",children:[a("summary",{children:"Lineage as a list"}),a(gc,{lineage:n,placed:r})]})]})}function pc({lineage:n,placed:e,current:t,
choose:r}){let[i,o]=E(t),s=V(null),l=e.some(({node:p})=>p.id===i)?i:e[0]?.node.id,u=Math.max(0,...e.map(({layer:p})=>p))+1,f=Math.max(0,...e.map(({row:p})=>p))+
1,d={width:u*(rr+nr)-nr+8,height:f*(Jt+Pi)+8},O=(p,h)=>{let g=Fs(e,n,h,p.key);if(g!==null){p.preventDefault(),o(g);let y=e.findIndex(({node:b})=>b.id===g);s.current?.
querySelectorAll("button")[y]?.focus()}};return a("div",{class:"tb-scroll tb-graph-box",children:a("div",{class:"tb-graph",role:"group","aria-label":"Lineage",ref:s,
style:{width:`${d.width}px`,height:`${d.height}px`},children:[a("svg",{"aria-hidden":"true",...d,children:n.edges.map(p=>a(mc,{placed:e,edge:p},`${p.from} ${p.to}`))}),
e.map(({node:p,layer:h,row:g})=>a("button",{type:"button",class:`tb-node tb-node-${p.type}`,style:Oc(h,g),tabIndex:p.id===l?0:-1,"aria-current":p.id===t?"true":
void 0,title:ke(Qi(p)),onKeyDown:y=>O(y,p.id),onFocus:()=>o(p.id),onClick:()=>r(p),children:[a("span",{class:"tb-node-kind",children:p.type==="cell"?"cell":`art\
ifact${Zs(p)}`}),a("span",{class:"tb-node-name",children:_(p.title)})]},p.id))]})})}function Oc(n,e){let{left:t,top:r}=ki(n,e);return{left:`${t}px`,top:`${r}px`,
width:`${rr}px`,height:`${Jt}px`}}function ki(n,e){return{left:4+n*(rr+nr),top:4+e*(Jt+Pi)}}function mc({placed:n,edge:e}){let[t,r]=[e.from,e.to].map(h=>n.find(
({node:g})=>g.id===h));if(t===void 0||r===void 0)return null;let i=ki(t.layer,t.row),o=ki(r.layer,r.row),[s,l]=[i.left+rr,i.top+Jt/2],[u,f]=[o.left-2,o.top+Jt/2],
d=nr/2,O=i.top+Jt+Pi/2,p=r.layer===t.layer+1?`M${s},${l} C${s+d},${l} ${u-d},${f} ${u-5},${f}`:`M${s},${l} C${s+d},${l} ${s},${O} ${s+d},${O} L${u-d},${O} C${u}\
,${O} ${u-d},${f} ${u-5},${f}`;return a("g",{class:"tb-edge",children:[a("path",{d:p}),a("polygon",{points:`${u},${f} ${u-7},${f-4} ${u-7},${f+4}`})]})}function gc({
lineage:n,placed:e}){let t=tr(n),r=new Map(n.nodes.map(i=>[i.id,Qi(i)]));return a("ol",{class:"tb-steps",children:e.map(({node:i})=>{let o=(t.get(i.id)??[]).map(
s=>r.get(s)??s);return a("li",{children:[_(Qi(i)),o.length===0?": from nothing recorded":a($,{children:[": from ",_(o.join(", "))]})]},i.id)})})}function Qi(n){
return n.type==="cell"?`cell ${n.title}`:`artifact ${n.title}${Zs(n)}`}function Zs(n){return n.version===null?"":` v${n.version}`}var Xe=class extends Error{problem;constructor(e){super(e.message),this.name="Refused",this.problem=e}};function Be(n){return n instanceof Xe?n.problem:{type:"E\
rror",message:n instanceof Error?n.message:String(n),remedy:null}}var ir=class{#t=0;#e=0;begin(){return this.#t+=1,this.#t}settle(e){let t=e>this.#e;return this.#e=Math.max(e,this.#e),t}drop(){this.#e=this.#t}};var bc=500;function pe({context:n,isShown:e},t,r,i){let[o,s]=E(null),[l,u]=E(null),f=V(new ir).current,{transport:d,onNews:O}=n,p=JSON.stringify(r),h=$e(()=>{let g=f.
begin();d.request(t,JSON.parse(p)).then(y=>{f.settle(g)&&(s(y),u(null))},y=>{f.settle(g)&&u(Be(y))})},[d,t,p]);return G(()=>{if(e)return h(),()=>f.drop()},[h,e]),
G(()=>{if(!e)return;let g=null,y=0,b=O(x=>{g===null&&(x.type==="reset"||i(x))&&(g=setTimeout(()=>{g=null,y=Date.now(),h()},Math.max(0,y+bc-Date.now())))});return()=>{
b(),g!==null&&clearTimeout(g)}},[O,h,e]),{value:o,problem:l,reload:h}}function Se(n,e=!0){let[t,r]=E(Date.now);return G(()=>{if(!e)return;r(Date.now());let i=setInterval(
()=>r(Date.now()),n);return()=>clearInterval(i)},[n,e]),t}var yc=/^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;function _c(n){return yc.test(n)?n:null}function Ys({artifact:n,content:e}){if(e===null)return n.preview===
""?a("p",{class:"tb-quiet",children:"No preview."}):a(fn,{label:"Preview",text:n.preview});switch(e.type){case"text":return a($,{children:[a(fn,{label:"Content",
text:e.text}),e.is_cut?a("p",{class:"tb-quiet",children:"Only the beginning is shown."}):null]});case"table":return a(Tc,{columns:e.columns,rows:e.rows,total:e.
row_count});case"image":{let t=_c(e.url);return t===null?a("p",{class:"tb-quiet",children:"This kind of image is not shown."}):a("img",{class:"tb-image",src:t,alt:`\
Content of ${ke(n.name)}`})}}}function Tc({columns:n,rows:e,total:t}){return a($,{children:[a("div",{class:"tb-scroll",role:"group","aria-label":"Content",tabIndex:0,
children:a("table",{class:"tb-table",children:[a("thead",{children:a("tr",{children:n.map((r,i)=>a("th",{scope:"col",children:_(r)},i))})}),a("tbody",{children:e.
map((r,i)=>a("tr",{children:r.map((o,s)=>a("td",{children:_(o)},s))},i))})]})}),a("p",{class:"tb-quiet",children:e.length<t?`The first ${K(e.length,"row")} of ${t.
toLocaleString("en")}.`:`${K(t,"row")}.`})]})}function Bs({context:n,isShown:e}){let t=pe({context:n,isShown:e},"artifacts",{thread:null},s=>s.type==="library"),[r,i]=E(null),o=Se(6e4,e);return a("div",{class:"\
tb-page tb-artifacts",children:a(we,{asked:t,children:({artifacts:s})=>a(er,{context:n,label:"Artifacts",empty:"No artifact yet. A cell saves one with artifacts\
.save(name, value, description).",entries:s,chosen:r,choose:i,textOf:l=>`${l.name} ${l.description} ${l.type} ${l.actor}`,line:l=>a($,{children:[_(l.type)," · ",
Ct(l.size)," · ",a(he,{at:l.at,now:o})," ·"," ",a(ce,{did:l.actor})]}),detail:l=>a(wc,{context:n,isShown:e,id:l,choose:i},l)})})})}function wc(n){let e=pe(n,"\
artifact",{id:n.id},r=>r.type==="library"),t=Se(6e4,n.isShown);return a(we,{asked:e,children:r=>a(Sc,{context:n.context,detail:r,choose:n.choose,now:t})})}function Sc({
context:n,detail:e,choose:t,now:r}){let{artifact:i,versions:o,metadata:s,content:l,lineage:u}=e;return a("article",{class:"tb-library-detail","aria-label":ke(i.
name),children:[a("h3",{class:"tb-heading",children:[_(i.name)," ",a("span",{class:"tb-quiet",children:["version ",i.version]})]}),i.description===""?null:a("p",
{children:_(i.description)}),a(Ys,{artifact:i,content:l}),a(xc,{context:n,artifact:i}),a(Ye,{of:[["Type",_(i.type)],["Media type",_(i.media_type)],["Size",Ct(i.
size)],["Saved",a($,{children:[a(he,{at:i.at,now:r})," by ",a(ce,{did:i.actor})]})],["Workspace",i.workspace===""?"the default":_(i.workspace)],["SHA-256",a("sp\
an",{class:"tb-mono",children:_(i.blob)})],["Record",a(vc,{context:n,artifact:i})]]}),Object.keys(s).length===0?null:a($,{children:[a("h4",{class:"tb-label",children:"\
Metadata"}),a(Kn,{label:"Metadata",of:s})]}),a("h4",{class:"tb-label",children:"Lineage"}),a(Hs,{lineage:u,current:i.id,choose:f=>f.type==="artifact"?t(f.id):n.
open(f.id,f.thread)}),a("h4",{class:"tb-label",children:K(o.length,"version")}),a("ul",{class:"tb-versions","aria-label":"Versions",children:o.map(f=>a("li",{children:[
a("button",{type:"button",class:"tb-link","aria-current":f.id===i.id?"true":void 0,onClick:()=>t(f.id),children:["Version ",f.version]})," ",a("span",{class:"tb\
-quiet",children:[Ct(f.size)," · ",a(he,{at:f.at,now:r})," · ",a(ce,{did:f.actor})]})]},f.id))})]})}function vc({context:n,artifact:e}){let{cell:t,id:r,thread:i}=e;
return a($,{children:[a("button",{type:"button",class:"tb-link",onClick:()=>n.open(r,i),children:["Open ",_(Ue(r))]}),t===null?null:a($,{children:[" ",a("button",
{type:"button",class:"tb-link",onClick:()=>n.open(t,i),children:"Open the cell"})]})]})}function xc({context:n,artifact:e}){let t=n.transport.blobUrl?.(e.blob);
return t===void 0?null:a("p",{children:a("a",{class:"tb-link",href:t,download:kc(e),rel:"noopener noreferrer",children:["Download ",Ct(e.size)]})})}function kc(n){
return`${n.name}-v${n.version}`.replace(/[^\p{L}\p{N}._-]+/gu,"_").replace(/^\.+/,"")}var Kt="approve",or="approve_session",en="approve_until",pn="reject";function Ks(n){let e=Object.entries(n.arguments).map(([t,r])=>`${t}=${JSON.stringify(r)}`);
return`${n.tool}.${n.callable}(${e.join(", ")})`}function ea(n){let e=JSON.stringify(n,null,2),t=r=>Nt(r).some(i=>typeof i!="string");return t(e)?Array.from(e,r=>t(
r)?Qc(r):r).join(""):e}function Qc(n){return n.replace(/[^]/g,e=>`\\u${e.charCodeAt(0).toString(16).padStart(4,"0")}`)}function hn(n){return typeof n=="number"?
!Number.isFinite(n)||Number.isInteger(n)&&!Number.isSafeInteger(n):typeof n=="object"&&n!==null&&Object.values(n).some(hn)}function Pc(n,e){let t;try{t=JSON.parse(
n)}catch(r){return{why:`This is not JSON: ${r.message}`}}return typeof t!="object"||t===null||Array.isArray(t)?{why:'Arguments are a JSON object: {"name": value\
}'}:Js(t)===Js(e)?{arguments:null}:hn(e)||hn(t)?{why:"A number is too large to be changed here: use “threadbook decision answer”."}:{arguments:t}}function Js(n){
return JSON.stringify(n,(e,t)=>typeof t=="object"&&t!==null&&!Array.isArray(t)?Object.fromEntries(Object.entries(t).sort(([r],[i])=>r<i?-1:1)):t)}function ta(n,e,t,r){
let i=t.reason.trim(),o={id:n.id,decision:e,reason:i};if(e===pn)return i===""?{field:"reason",why:"A denial needs a reason: who asks reads it."}:o;if(n.call===null)
return o;let s=Pc(t.text,n.call.arguments);return"why"in s?{field:"arguments",why:s.why}:e===Kt?s.arguments===null?o:{...o,arguments:s.arguments}:s.arguments!==
null?{field:"arguments",why:"Changed arguments go with “Approve once” only."}:e!==en?o:t.until===null?{field:"until",why:"Choose until when."}:t.until>r?{...o,
until:t.until}:{field:"until",why:"Choose a time that is still to come."}}function na(n){let e=n.filter(r=>r.status==="pending"),t=n.filter(r=>r.status!=="pendi\
ng");return{waiting:e.sort((r,i)=>r.at-i.at),past:t.sort((r,i)=>(i.answer?.at??i.at)-(r.answer?.at??r.at))}}var Rc={read:"it reads, and changes nothing",write:"it changes something",destructive:"it destroys something, or cannot be taken back"};function ra({context:n,entry:e,
call:t}){let r=Object.keys(t.arguments);return a($,{children:[a("h5",{class:"tb-label",children:"What will happen"}),a(fn,{label:"What will happen",text:t.what===
""?Ks(t):t.what}),a(qc,{call:t}),a("h5",{class:"tb-label",children:"Arguments"}),r.length===0?a("p",{children:"none"}):a(Kn,{label:"Arguments",of:t.arguments}),
hn(t.arguments)?a("p",{class:"tb-note tb-note-bad",children:["A number is too large for a browser and is rounded here. Read it with"," ",a("code",{children:["th\
readbook decision show ",_(e.id.slice(0,12))]}),"."]}):null,a(Ye,{of:[["Effect",a(Ec,{call:t})],["Risk",t.risk===""?null:_(t.risk)],["Environment",a(Ac,{names:t.
environment})],["Folder",t.cwd===""?"none":a("span",{class:"tb-mono",children:_(t.cwd)})],["Trust",a($c,{call:t})],["Rule",t.rule===""?"none":_(t.rule)],["Reaso\
n",_(t.reason)],["Asks",a(ce,{did:t.actor})],["Cell",a(Nc,{context:n,entry:e,call:t})],["Tool",a($,{children:[_(t.callable)," of ",_(t.tool)," (",_(t.adapter),"\
)"]})]]})]})}function Ec({call:n}){let e=n.effect==="read"?"good":n.effect==="write"?"wait":"bad";return a($,{children:[a("span",{class:`tb-word tb-word-${e}`,children:_(
n.effect)})," ",Rc[n.effect]??"what it does is not known"]})}function Ac({names:n}){return n.length===0?a($,{children:"no variables"}):a("span",{class:"tb-mono",
children:_(n.join(", "))})}function $c({call:n}){let e=n.trust===null?"not judged yet":Ne(n.trust);return a($,{children:[e," in ",_(n.domain),";"," ",n.min_trust===
null?"no trust would be enough to go unasked":`goes unasked from ${Ne(n.min_trust)} on`]})}function Nc({context:n,entry:e,call:t}){let{cell:r}=t;return r===null?
a($,{children:"none"}):a("button",{type:"button",class:"tb-link",onClick:()=>n.open(r,e.thread),children:["Open the cell that calls (",_(Ue(r)),")"]})}function qc({
call:n}){return n.previous_definition===null?a("p",{class:"tb-note",children:"This tool was not used before: there is no earlier definition to compare."}):n.definition_changed?
a("div",{class:"tb-note tb-note-bad",children:[a("strong",{children:"The definition changed since it was last used"}),a("pre",{class:"tb-whole",role:"group","ar\
ia-label":"Changes of the definition",tabIndex:0,children:n.definition_changes.map((e,t)=>a("div",{class:Cc(e),children:_(e)},t))})]}):a("p",{class:"tb-quiet",children:"\
The definition is the one that was last used."})}function Cc(n){return n.startsWith("+")?"tb-new":n.startsWith("-")?"tb-old":void 0}var zc=500,Lc=1,Wc=100,Ri=class{#t=null;#e=0;see(e,t){let r=this.#t;return(r===null||Mc(r,e))&&(this.#t=e,this.#e=t),e.width>0&&t-this.#e>=zc}};function Mc(n,e){
return["left","top","width","height"].some(t=>Math.abs(n[t]-e[t])>Lc)}function Vc(n){let{left:e,top:t,width:r,height:i}=n.getBoundingClientRect(),o=0;for(let s=n.
parentElement;s!==null;s=s.parentElement)o+=s.scrollTop;return{left:e,top:t+o,width:r,height:i}}function ia(n){let e=V(new Ri),[t,r]=E(!1),i=()=>n.current!==null&&
e.current.see(Vc(n.current),performance.now());return G(()=>{r(i());let o=setInterval(()=>r(i()),Wc);return()=>clearInterval(o)},[]),[t,o=>o.isTrusted&&i()]}var Dc={[Kt]:"Approved once",[or]:"Approved for this session",[en]:"Approved until the chosen time",[pn]:"Denied"};function oa({context:n,entry:e,answered:t}){let{
call:r}=e,[i,o]=E(""),[s,l]=E(""),[u,f]=E(()=>ea(r?.arguments??{})),[d,O]=E(null),[p,h]=E(null),[g,y]=E(!1),b=V(null),x=V(null),[P,N]=ia(x),W=A=>{let q=ta(e,A,{
reason:i,until:Us(s),text:u},Date.now());if(h(null),"field"in q){O(q),b.current?.querySelector(`[name="${q.field}"]`)?.focus();return}O(null),y(!0),n.transport.
request("answer",q).then(()=>t(Dc[A]??"Answered"),I=>{y(!1),h(Be(I))})},M=P&&!g,z=(A,q)=>a("button",{type:"button",class:"tb-button tb-approve","aria-disabled":!M,
onClick:I=>{!g&&N(I)&&W(A)},children:q}),k=A=>e.options.length===0||e.options.includes(A);return a("div",{class:"tb-form",ref:b,children:[r===null?null:a(Ei,{name:"\
arguments",label:"Arguments (JSON)",missing:d,children:A=>a("textarea",{...A,class:"tb-field tb-json-field",rows:Math.min(u.split(`
`).length+1,8),spellcheck:!1,value:u,onInput:q=>f(q.currentTarget.value)})}),a(Ei,{name:"reason",label:"Reason",missing:d,children:A=>a("input",{...A,class:"tb-\
field",type:"text",placeholder:"Why; needed to deny",value:i,onInput:q=>o(q.currentTarget.value)})}),r!==null&&k(en)?a(Ei,{name:"until",label:"Until",missing:d,
children:A=>a("input",{...A,class:"tb-field",type:"datetime-local",min:Is(Date.now()),value:s,onInput:q=>l(q.currentTarget.value)})}):null,a("div",{class:"tb-bu\
ttons",ref:x,children:[r===null?Ic(e).map(A=>z(A,A===Kt?"Approve":_(A))):a($,{children:[z(Kt,"Approve once"),k(or)?z(or,"Approve for this session"):null,k(en)?z(
en,"Approve until"):null]}),a("button",{type:"button",class:"tb-button tb-deny",disabled:g,onClick:()=>W(pn),children:"Deny"})]}),p===null?null:a(ot,{problem:p})]})}
function Ic(n){let e=n.options.filter(t=>t!==pn);return n.options.length===0?[Kt]:e}function Ei(n){let e=Te(),t=n.missing?.field===n.name?n.missing.why:null;return a(
"div",{class:"tb-row",children:[a("label",{class:"tb-label",for:e,children:n.label}),n.children({id:e,name:n.name,"aria-invalid":t!==null,"aria-describedby":t===
null?void 0:`${e}-why`}),t===null?null:a("p",{class:"tb-missing",id:`${e}-why`,role:"alert",children:_(t)})]})}var Ai=20;function sa({context:n,isShown:e}){let t=pe({context:n,isShown:e},"decisions",{thread:null,all:!0},u=>u.type==="decisions"),r=t.value?.decisions,{waiting:i,
past:o}=_e(()=>na(r??[]),[r]),s=V(null),l=u=>{n.say(u),s.current?.focus(),t.reload()};return a("div",{class:"tb-page tb-decisions",children:a(we,{asked:t,children:u=>a(
$,{children:[a("h3",{class:"tb-heading",tabIndex:-1,ref:s,children:i.length===0?"Nothing waits for you":`${K(i.length,"decision")} to take`}),i.map(f=>a(Uc,{context:n,
entry:f,answered:l,expired:t.reload},f.id)),a("h3",{class:"tb-heading",children:"Answered before"}),o.length===0?a(qe,{children:"None yet."}):a(jc,{context:n,past:o}),
a(Jn,{shown:u.decisions.length,total:u.total,of:"decision"})]})})})}function Uc({context:n,entry:e,answered:t,expired:r}){let i=Se(1e3),o=Te(),s=e.expires_at!==
null&&e.expires_at<=i;return G(()=>{s&&r()},[s,r]),a("article",{class:"tb-card tb-decision","aria-labelledby":o,children:[a("h4",{class:"tb-card-title",id:o,children:_(
e.question)}),a("p",{class:"tb-quiet",children:[a(ce,{did:e.requester})," asks on"," ",a("button",{type:"button",class:"tb-link",onClick:()=>n.open(e.id,e.thread),
children:["thread ",_(Ue(e.thread))]}),", ",a(he,{at:e.at,now:i}),e.blocking?"; the cell waits for the answer":""]}),e.expires_at===null?null:a("p",{children:[s?
"Expired":"Expires in"," ",a("time",{dateTime:new Date(e.expires_at).toISOString(),title:ye(e.expires_at),children:s?ye(e.expires_at):Ds(e.expires_at-i)})]}),e.
call===null?null:a(ra,{context:n,entry:e,call:e.call}),s?null:a(Xc,{context:n,entry:e,answered:t})]})}function Xc({context:n,entry:e,answered:t}){return e.refusal!==
null?a("p",{class:"tb-note",children:["You cannot answer this here: ",_(e.refusal)]}):n.transport.canWrite?a(oa,{context:n,entry:e,answered:t}):a("p",{class:"tb\
-note",children:["Answers cannot be given here. Answer in the Threadbook sidebar of JupyterLab, or run"," ",a("code",{children:["threadbook decision show ",_(e.
id.slice(0,12))]})," in a terminal."]})}function jc({context:n,past:e}){let[t,r]=E(Ai),i=Se(6e4);return a($,{children:[a("ul",{class:"tb-cards","aria-label":"An\
swered before",children:e.slice(0,t).map(o=>a("li",{class:"tb-card",children:[a("p",{class:"tb-card-title",children:[a("span",{class:`tb-word tb-word-${Zc(o)}`,
children:Hc(o)})," ",_(o.question)]}),a(Gc,{entry:o,now:i}),a("button",{type:"button",class:"tb-link",onClick:()=>n.open(o.answer?.id??o.id,o.thread),children:"\
Open the record"})]},o.id))}),t>=e.length?null:a("button",{type:"button",class:"tb-button",onClick:()=>r(t+Ai),children:["Show ",Math.min(Ai,e.length-t)," more"]})]})}
function Gc({entry:n,now:e}){let{answer:t}=n;return t===null?a("p",{class:"tb-quiet",children:["asked by ",a(ce,{did:n.requester}),", ",a(he,{at:n.at,now:e}),";\
 nobody answered"]}):a("p",{class:"tb-quiet",children:["by ",a(ce,{did:t.actor}),", ",a(he,{at:t.at,now:e}),t.reason===""?null:a($,{children:[": “",_(t.reason),
"”"]})]})}var Fc={approve:"approved once",approve_session:"approved for the session",approve_until:"approved until a date",reject:"denied"};function Hc(n){let{
answer:e}=n;return e===null?n.status:Fc[e.decision]??_(e.decision)}function Zc(n){return n.answer===null?"plain":n.answer.is_approval?"good":"bad"}var Yc={none:"Code runs as the person who started the kernel, and can do all that this person can.",guard:"The operating system limits files, calls and resource\
s (Landlock, seccomp, rlimits).",jail:"Code runs in namespaces of its own (bubblewrap), without network or your files.",container:"Code runs in a container.",remote:"\
Code runs on another machine, behind a gateway."},Bc={running:"running",ended:"ended",none:"none on this thread"};function aa({context:n,isShown:e}){let{thread:t}=n,
r=pe({context:n,isShown:e},"health",{thread:t},o=>o.type==="health"),i=Se(1e4,e);return a("div",{class:"tb-page tb-health",children:a(we,{asked:r,children:o=>a(
Jc,{health:o,now:i})})})}function Jc({health:n,now:e}){return a($,{children:[a(Ye,{of:[["Log",a(Kc,{health:n,now:e})],["Outbox",a(ed,{pending:n.outbox})],["Sand\
box",a(td,{tier:n.sandbox})],["Session",Bc[n.session]],["Store",a("span",{class:"tb-mono",children:_(n.store)})],["You are",n.person===null?"nobody here":a(ce,{
did:n.person})],["You can",a(nd,{readOnly:n.read_only})]]}),a("h3",{class:"tb-heading",children:"Warnings on this thread"}),n.warnings.length===0?a(qe,{children:"\
None: no restart, no death, no repair."}):a("ul",{class:"tb-cards","aria-label":"Warnings",children:n.warnings.map(t=>a("li",{class:"tb-card",children:[_(t.text),
" ",a("span",{class:"tb-quiet",children:a(he,{at:t.at,now:e})})]},t.id))})]})}function Kc({health:n,now:e}){if(n.problem!==null)return a(On,{tone:"bad",word:"da\
maged",children:[_(n.problem)," Records up to ",n.verified.toLocaleString("en")," hold. “threadbook doctor” says what can be done."]});let t=n.verified>=n.records;
return a(On,{tone:t?"good":"plain",word:t?"verified":"partly verified",children:[n.verified.toLocaleString("en")," of ",K(n.records,"record")," checked and foun\
d whole",n.verified_at===null?null:a($,{children:[", ",a(he,{at:n.verified_at,now:e})]})]})}function ed({pending:n}){return n===0?a(On,{tone:"good",word:"empty",
children:"all records are in the store"}):a(On,{tone:"bad",word:"waiting",children:[K(n,"record")," could not be written to the store yet; nothing is lost"]})}function td({
tier:n}){return n===null?a($,{children:"not known: no session on this thread"}):a(On,{tone:n==="none"?"wait":"good",word:n,children:Yc[n]??""})}function nd({readOnly:n}){
return n===null?a($,{children:"answer and judge"}):a($,{children:["only read: ",_(n)]})}function On(n){return a($,{children:[a("span",{class:`tb-word tb-word-${n.
tone}`,children:_(n.word)})," ",n.children]})}function la(n,e){let t=new Map(n.map(f=>[f.thread,f])),r=[],i=new Set,o=(f,d,O)=>{let p=f.filter(h=>!i.has(h));p.forEach(h=>i.add(h)),p.forEach((h,g)=>{let y=t.
get(h)??null,b=(y?.children??[]).filter(P=>!i.has(P)),x=b.length===0?null:!e.has(h);r.push({thread:h,entry:y,level:d,place:g+1,siblings:p.length,parent:O,isOpen:x}),
x===!0?o(b,d+1,r.length-1):s(b)})},s=f=>{for(let d of f.filter(O=>!i.has(O)))i.add(d),s(t.get(d)?.children??[])},l=new Set(n.flatMap(f=>f.children));o(n.filter(
f=>!l.has(f.thread)).map(f=>f.thread),1,null);let u=n.filter(f=>!i.has(f.thread));return o(u.map(f=>f.thread),1,null),r}function ua(n,e,t){let r=n[e],i=o=>({to:Math.
min(Math.max(o,0),n.length-1)});switch(t){case"ArrowDown":return i(e+1);case"ArrowUp":return i(e-1);case"Home":return i(0);case"End":return i(n.length-1);case"A\
rrowRight":return r?.isOpen===!1?{open:r.thread}:r?.isOpen===!0?i(e+1):null;case"ArrowLeft":return r?.isOpen===!0?{close:r.thread}:r?.parent==null?null:i(r.parent);default:
return null}}function ca(n,e){let t=new Map(e.map(o=>[o.thread,o])),r=new Set(n.map(o=>o.thread));return[...e.filter(o=>!r.has(o.thread)),...n.map(o=>t.get(o.thread)??
o)]}var da=50,rd=150,id={done:"good",rejected:"bad",cancelled:"bad"};function fa({context:n,isShown:e}){let[t,r]=E(""),[i,o]=E(""),s=Te();return G(()=>{let l=setTimeout(
()=>o(t.trim()),rd);return()=>clearTimeout(l)},[t]),a("div",{class:"tb-page tb-threads",children:[a("div",{class:"tb-bar",children:[a("label",{class:"tb-unseen",
for:s,children:"Search threads"}),a("input",{id:s,class:"tb-field",type:"search",placeholder:"Search goals, ids, actors",value:t,onInput:l=>r(l.currentTarget.value)})]}),
a(od,{context:n,isShown:e,text:i},i)]})}function od({context:n,isShown:e,text:t}){let r=pe({context:n,isShown:e},"threads",{text:t,limit:da},h=>h.type==="thread\
s"||h.type==="decisions"),[i,o]=E([]),[s,l]=E(null),[u,f]=E(null),d=r.value,O=V(!1);G(()=>{d!==null&&(o(h=>ca(h,d.threads)),O.current||l(d.next))},[d]);let p=()=>{
O.current=!0,n.transport.request("threads",{text:t,limit:da,before:s}).then(h=>{let g=new Set(i.map(y=>y.thread));o([...i,...h.threads.filter(y=>!g.has(y.thread))]),
l(h.next),f(null)},h=>f(Be(h)))};return a(we,{asked:r,children:()=>i.length===0&&d?.threads.length===0?a(qe,{children:t===""?"No thread yet. A notebook with the\
 kernel “threadbook” begins one with its first cell.":"No thread matches."}):a($,{children:[a(sd,{context:n,entries:i}),u===null?null:a(ot,{problem:u}),s===
null?null:a("button",{type:"button",class:"tb-button",onClick:p,children:"Show older threads"})]})})}function sd({context:n,entries:e}){let[t,r]=E(new Set),[i,o]=E(
null),s=V(null),l=Se(6e4),u=_e(()=>la(e,t),[e,t]),f=h=>u.findIndex(g=>g.thread===h),d=Math.max(f(i),i===null?f(n.thread):0,0),O=(h,g)=>{let y=new Set(t);g?y.add(
h):y.delete(h),r(y)},p=(h,g)=>{let y=u[g];if(h.key==="Enter"||h.key===" "){h.preventDefault(),n.show(y.thread);return}let b=ua(u,g,h.key);b!==null&&(h.preventDefault(),
"to"in b?(o(u[b.to].thread),s.current?.children[b.to]?.focus()):O("close"in b?b.close:b.open,"close"in b))};return a("div",{class:u.some(({isOpen:h})=>h!==null)?
"tb-tree":"tb-tree tb-tree-flat",role:"tree","aria-label":"Threads",ref:s,children:u.map((h,g)=>a("div",{class:"tb-tree-item",role:"treeitem","aria-level":h.level,
"aria-posinset":h.place,"aria-setsize":h.siblings,"aria-expanded":h.isOpen??void 0,"aria-selected":h.thread===n.thread,"aria-current":h.thread===n.thread?"true":
void 0,tabIndex:g===d?0:-1,style:{"--tb-level":Math.min(h.level,6)-1},onFocus:()=>o(h.thread),onKeyDown:y=>p(y,g),onClick:()=>n.show(h.thread),children:[a("span",
{class:"tb-tree-twist","aria-hidden":"true",onClick:y=>{h.isOpen!==null&&(y.stopPropagation(),O(h.thread,h.isOpen))},children:h.isOpen===null?"":h.isOpen?"▾":
"▸"}),a(ad,{item:h,isCurrent:h.thread===n.thread,now:l})]},h.thread))})}function ad({item:n,isCurrent:e,now:t}){let{entry:r,thread:i}=n;return r===null?a("spa\
n",{class:"tb-tree-text tb-mono",children:_(Ue(i))}):a("span",{class:"tb-tree-text",children:[a("span",{class:"tb-tree-goal",children:r.goal===""?a("span",{class:"\
tb-mono",children:_(Ue(i))}):_(r.goal)}),a("span",{class:"tb-marks",children:[a("span",{class:`tb-word tb-word-${id[r.status]??"plain"}`,children:_(r.status)}),
r.fanout_status===null||r.fanout_status==="none"?null:a("span",{class:"tb-word",children:["fan-out ",_(r.fanout_status.replaceAll("_"," "))]}),r.waiting===0?null:
a("span",{class:"tb-word tb-word-wait",children:K(r.waiting,"decision waits","decisions wait")}),e?a("span",{class:"tb-word tb-word-here",children:"shown"}):null]}),
a("span",{class:"tb-quiet",children:[K(r.record_count,"record")," · ",a(he,{at:r.last_recorded_at,now:t})," ·"," ",_(Le(r.opened_by))]})]})}var sr=120,tn=32;function ld(n){let e=n.length>1?(sr-6)/(n.length-1):0;return n.map((t,r)=>[ha(3+e*r),ha(tn-3-Math.min(Math.max(t.score,0),1)*(tn-6))])}function ha(n){
return Math.round(n*10)/10}function ud(n){let[e,t]=[n[0],n[n.length-1]];if(e===void 0||t===void 0)return"Trend: no verdict yet";if(n.length===1)return`Trend: ${Ne(
e.score)} after one verdict`;let r=n.map(i=>i.score);return`Trend: from ${Ne(e.score)} to ${Ne(t.score)} over ${n.length} verdicts, lowest ${Ne(Math.min(...r))}\
, highest ${Ne(Math.max(...r))}, ${ye(e.at)} to ${ye(t.at)}`}function pa({points:n}){let e=ld(n),t=e[e.length-1];return a("svg",{class:"tb-trend",role:"img","ar\
ia-label":ud(n),viewBox:`0 0 ${sr} ${tn}`,width:sr,height:tn,children:[a("line",{class:"tb-trend-half",x1:"0",x2:sr,y1:tn/2,y2:tn/2}),a("polyline",{class:"tb-tr\
end-line",points:e.map(r=>r.join(",")).join(" ")}),t===void 0?null:a("circle",{class:"tb-trend-end",cx:t[0],cy:t[1],r:"2.5"})]})}function Oa({context:n,isShown:e}){let t=pe({context:n,isShown:e},"trust",{thread:null},i=>i.type==="trust"),r=Se(6e4,e);return a("div",{class:"tb-page tb-trust",
children:[a("p",{class:"tb-quiet",children:"The score is the lower end of the 95 % Wilson interval over verdicts of independent judges; older verdicts weigh les\
s."}),a(we,{asked:t,children:({standings:i,total:o})=>i.length===0?a(qe,{children:"Nobody was judged yet. Open a cell in the timeline and accept or reject it: t\
hat is a verdict."}):a($,{children:[a("ul",{class:"tb-cards","aria-label":"Standings",children:i.map(s=>a("li",{class:"tb-card",children:a(cd,{context:n,entry:s,
now:r})},`${s.actor} ${s.domain}`))}),a(Jn,{shown:i.length,total:o,of:"standing"})]})})]})}function cd({context:n,entry:e,now:t}){let r=e.accepted+e.rejected;return a(
$,{children:[a("h3",{class:"tb-card-title",children:[a(ce,{did:e.actor})," ",a("span",{class:"tb-quiet",children:["in ",_(e.domain)]})]}),a("div",{class:"tb-sta\
nding",children:[a("p",{class:"tb-score",children:[a("strong",{children:Ne(e.score)}),a("span",{class:"tb-quiet",children:["zone ",_(e.zone)]})]}),a(pa,{points:e.
trend})]}),a(dd,{entry:e}),a("p",{children:[e.accepted," accepted, ",e.rejected," rejected: ",Bn(e.share)," of"," ",K(r,"verdict")," by ",K(e.judges,"judge")]}),
e.last===null?null:a(fd,{context:n,last:e.last,now:t})]})}function dd({entry:n}){let{score:e,upper:t,share:r}=n;return a("div",{class:"tb-interval",children:[a(
"span",{class:"tb-interval-line","aria-hidden":"true",children:[a("span",{class:"tb-interval-range",style:{left:`${e*100}%`,width:`${Math.max(t-e,0)*100}%`}}),a(
"span",{class:"tb-interval-share",style:{left:`${r*100}%`}})]}),a("span",{class:"tb-quiet",children:["interval ",Ne(e),"–",Ne(t)]})]})}function fd({context:n,
last:e,now:t}){return a("p",{children:["Last changed ",a(he,{at:e.at,now:t}),":"," ",a("span",{class:`tb-word tb-word-${e.verdict==="accept"?"good":"bad"}`,children:e.
verdict==="accept"?"accepted":"rejected"})," ","by ",a(ce,{did:e.judge}),e.reason===""?null:a($,{children:[": “",_(e.reason),"”"]})," ",a("button",{type:"bu\
tton",class:"tb-link",onClick:()=>n.open(e.judges,e.thread),children:"Open what was judged"})," ",a("button",{type:"button",class:"tb-link",onClick:()=>n.open(e.
id,e.thread),children:"Open the verdict"})]})}var hd=0,mn=class{constructor(e,t){this.from=e,this.to=t}},H=class{constructor(e={}){this.id=hd++,this.perNode=!!e.perNode,this.deserialize=e.deserialize||(()=>{
throw new Error("This node type doesn't define a deserialize function")}),this.combine=e.combine||null}add(e){if(this.perNode)throw new RangeError("Can't add pe\
r-node props to node types");return typeof e!="function"&&(e=We.match(e)),t=>{let r=e(t);return r===void 0?null:[this,r]}}};H.closedBy=new H({deserialize:n=>n.split(
" ")});H.openedBy=new H({deserialize:n=>n.split(" ")});H.group=new H({deserialize:n=>n.split(" ")});H.isolate=new H({deserialize:n=>{if(n&&n!="rtl"&&n!="ltr"&&n!=
"auto")throw new RangeError("Invalid value for isolate: "+n);return n||"auto"}});H.contextHash=new H({perNode:!0});H.lookAhead=new H({perNode:!0});H.mounted=new H(
{perNode:!0});var zt=class{constructor(e,t,r,i=!1){this.tree=e,this.overlay=t,this.parser=r,this.bracketed=i}static get(e){return e&&e.props&&e.props[H.mounted.
id]}},pd=Object.create(null),We=class n{constructor(e,t,r,i=0){this.name=e,this.props=t,this.id=r,this.flags=i}static define(e){let t=e.props&&e.props.length?Object.
create(null):pd,r=(e.top?1:0)|(e.skipped?2:0)|(e.error?4:0)|(e.name==null?8:0),i=new n(e.name||"",t,e.id,r);if(e.props){for(let o of e.props)if(Array.isArray(o)||
(o=o(i)),o){if(o[0].perNode)throw new RangeError("Can't store a per-node prop on a node type");t[o[0].id]=o[1]}}return i}prop(e){return this.props[e.id]}get isTop(){
return(this.flags&1)>0}get isSkipped(){return(this.flags&2)>0}get isError(){return(this.flags&4)>0}get isAnonymous(){return(this.flags&8)>0}is(e){if(typeof e=="\
string"){if(this.name==e)return!0;let t=this.prop(H.group);return t?t.indexOf(e)>-1:!1}return this.id==e}static match(e){let t=Object.create(null);for(let r in e)
for(let i of r.split(" "))t[i]=e[r];return r=>{for(let i=r.prop(H.group),o=-1;o<(i?i.length:0);o++){let s=t[o<0?r.name:i[o]];if(s)return s}}}};We.none=new We("",
Object.create(null),0,8);var ur=class n{constructor(e){this.types=e;for(let t=0;t<e.length;t++)if(e[t].id!=t)throw new RangeError("Node type ids should correspo\
nd to array positions when creating a node set")}extend(...e){let t=[];for(let r of this.types){let i=null;for(let o of e){let s=o(r);if(s){i||(i=Object.assign(
{},r.props));let l=s[1],u=s[0];u.combine&&u.id in i&&(l=u.combine(i[u.id],l)),i[u.id]=l}}t.push(i?new We(r.name,i,r.id,r.flags):r)}return new n(t)}},ar=new WeakMap,
ma=new WeakMap,ae;(function(n){n[n.ExcludeBuffers=1]="ExcludeBuffers",n[n.IncludeAnonymous=2]="IncludeAnonymous",n[n.IgnoreMounts=4]="IgnoreMounts",n[n.IgnoreOverlays=
8]="IgnoreOverlays",n[n.EnterBracketed=16]="EnterBracketed"})(ae||(ae={}));var Re=class n{constructor(e,t,r,i,o){if(this.type=e,this.children=t,this.positions=r,
this.length=i,this.props=null,o&&o.length){this.props=Object.create(null);for(let[s,l]of o)this.props[typeof s=="number"?s:s.id]=l}}toString(){let e=zt.get(this);
if(e&&!e.overlay)return e.tree.toString();let t="";for(let r of this.children){let i=r.toString();i&&(t&&(t+=","),t+=i)}return this.type.name?(/\W/.test(this.type.
name)&&!this.type.isError?JSON.stringify(this.type.name):this.type.name)+(t.length?"("+t+")":""):t}cursor(e=0){return new yn(this.topNode,e)}cursorAt(e,t=0,r=0){
let i=ar.get(this)||this.topNode,o=new yn(i);return o.moveTo(e,t),ar.set(this,o._tree),o}get topNode(){return new Je(this,0,0,null)}resolve(e,t=0){let r=gn(ar.get(
this)||this.topNode,e,t,!1);return ar.set(this,r),r}resolveInner(e,t=0){let r=gn(ma.get(this)||this.topNode,e,t,!0);return ma.set(this,r),r}resolveStack(e,t=0){
return Od(this,e,t)}iterate(e){let{enter:t,leave:r,from:i=0,to:o=this.length}=e,s=e.mode||0,l=(s&ae.IncludeAnonymous)>0;for(let u=this.cursor(s|ae.IncludeAnonymous);;){
let f=!1;if(u.from<=o&&u.to>=i&&(!l&&u.type.isAnonymous||t(u)!==!1)){if(u.firstChild())continue;f=!0}for(;f&&r&&(l||!u.type.isAnonymous)&&r(u),!u.nextSibling();){
if(!u.parent())return;f=!0}}}prop(e){return e.perNode?this.props?this.props[e.id]:void 0:this.type.prop(e)}get propValues(){let e=[];if(this.props)for(let t in this.
props)e.push([+t,this.props[t]]);return e}balance(e={}){return this.children.length<=8?this:Wi(We.none,this.children,this.positions,0,this.children.length,0,this.
length,(t,r,i)=>new n(this.type,t,r,i,this.propValues),e.makeTree||((t,r,i)=>new n(We.none,t,r,i)))}static build(e){return md(e)}};Re.empty=new Re(We.none,[],[],
0);var $i=class n{constructor(e,t){this.buffer=e,this.index=t}get id(){return this.buffer[this.index-4]}get start(){return this.buffer[this.index-3]}get end(){return this.
buffer[this.index-2]}get size(){return this.buffer[this.index-1]}get pos(){return this.index}next(){this.index-=4}fork(){return new n(this.buffer,this.index)}},
yt=class n{constructor(e,t,r){this.buffer=e,this.length=t,this.set=r}get type(){return We.none}toString(){let e=[];for(let t=0;t<this.buffer.length;)e.push(this.
childString(t)),t=this.buffer[t+3];return e.join(",")}childString(e){let t=this.buffer[e],r=this.buffer[e+3],i=this.set.types[t],o=i.name;if(/\W/.test(o)&&!i.isError&&
(o=JSON.stringify(o)),e+=4,r==e)return o;let s=[];for(;e<r;)s.push(this.childString(e)),e=this.buffer[e+3];return o+"("+s.join(",")+")"}findChild(e,t,r,i,o){let{
buffer:s}=this,l=-1;for(let u=e;u!=t&&!(ya(o,i,s[u+1],s[u+2])&&(l=u,r>0));u=s[u+3]);return l}slice(e,t,r){let i=this.buffer,o=new Uint16Array(t-e),s=0;for(let l=e,
u=0;l<t;){o[u++]=i[l++],o[u++]=i[l++]-r;let f=o[u++]=i[l++]-r;o[u++]=i[l++]-e,s=Math.max(s,f)}return new n(o,s,this.set)}};function ya(n,e,t,r){switch(n){case-2:
return t<e;case-1:return r>=e&&t<e;case 0:return t<e&&r>e;case 1:return t<=e&&r>e;case 2:return r>e;case 4:return!0}}function gn(n,e,t,r){for(var i;n.from==n.to||
(t<1?n.from>=e:n.from>e)||(t>-1?n.to<=e:n.to<e);){let s=!r&&n instanceof Je&&n.index<0?null:n.parent;if(!s)return n;n=s}let o=r?0:ae.IgnoreOverlays;if(r)for(let s=n,
l=s.parent;l;s=l,l=s.parent)s instanceof Je&&s.index<0&&((i=l.enter(e,t,o))===null||i===void 0?void 0:i.from)!=s.from&&(n=l);for(;;){let s=n.enter(e,t,o);if(!s)
return n;n=s}}var cr=class{cursor(e=0){return new yn(this,e)}getChild(e,t=null,r=null){let i=ga(this,e,t,r);return i.length?i[0]:null}getChildren(e,t=null,r=null){
return ga(this,e,t,r)}resolve(e,t=0){return gn(this,e,t,!1)}resolveInner(e,t=0){return gn(this,e,t,!0)}matchContext(e){return Ni(this.parent,e)}enterUnfinishedNodesBefore(e){
let t=this.childBefore(e),r=this;for(;t;){let i=t.lastChild;if(!i||i.to!=t.to)break;i.type.isError&&i.from==i.to?(r=t,t=i.prevSibling):t=i}return r}get node(){return this}get next(){
return this.parent}},Je=class n extends cr{constructor(e,t,r,i){super(),this._tree=e,this.from=t,this.index=r,this._parent=i}get type(){return this._tree.type}get name(){
return this._tree.type.name}get to(){return this.from+this._tree.length}nextChild(e,t,r,i,o=0){for(let s=this;;){for(let{children:l,positions:u}=s._tree,f=t>0?l.
length:-1;e!=f;e+=t){let d=l[e],O=u[e]+s.from,p;if(!(!(o&ae.EnterBracketed&&d instanceof Re&&(p=zt.get(d))&&!p.overlay&&p.bracketed&&r>=O&&r<=O+d.length)&&!ya(i,
r,O,O+d.length))){if(d instanceof yt){if(o&ae.ExcludeBuffers)continue;let h=d.findChild(0,d.buffer.length,t,r-O,i);if(h>-1)return new bn(new qi(s,d,e,O),null,h)}else if(o&
ae.IncludeAnonymous||!d.type.isAnonymous||Li(d)){let h;if(!(o&ae.IgnoreMounts)&&(h=zt.get(d))&&!h.overlay)return new n(h.tree,O,e,s);let g=new n(d,O,e,s);return o&
ae.IncludeAnonymous||!g.type.isAnonymous?g:g.nextChild(t<0?d.children.length-1:0,t,r,i,o)}}}if(o&ae.IncludeAnonymous||!s.type.isAnonymous||(s.index>=0?e=s.index+
t:e=t<0?-1:s._parent._tree.children.length,s=s._parent,!s))return null}}get firstChild(){return this.nextChild(0,1,0,4)}get lastChild(){return this.nextChild(this.
_tree.children.length-1,-1,0,4)}childAfter(e){return this.nextChild(0,1,e,2)}childBefore(e){return this.nextChild(this._tree.children.length-1,-1,e,-2)}prop(e){
return this._tree.prop(e)}enter(e,t,r=0){let i;if(!(r&ae.IgnoreOverlays)&&(i=zt.get(this._tree))&&i.overlay){let o=e-this.from,s=r&ae.EnterBracketed&&i.bracketed;
for(let{from:l,to:u}of i.overlay)if((t>0||s?l<=o:l<o)&&(t<0||s?u>=o:u>o))return new n(i.tree,i.overlay[0].from+this.from,-1,this)}return this.nextChild(0,1,e,t,
r)}nextSignificantParent(){let e=this;for(;e.type.isAnonymous&&e._parent;)e=e._parent;return e}get parent(){return this._parent?this._parent.nextSignificantParent():
null}get nextSibling(){return this._parent&&this.index>=0?this._parent.nextChild(this.index+1,1,0,4):null}get prevSibling(){return this._parent&&this.index>=0?this.
_parent.nextChild(this.index-1,-1,0,4):null}get tree(){return this._tree}toTree(){return this._tree}toString(){return this._tree.toString()}};function ga(n,e,t,r){
let i=n.cursor(),o=[];if(!i.firstChild())return o;if(t!=null){for(let s=!1;!s;)if(s=i.type.is(t),!i.nextSibling())return o}for(;;){if(r!=null&&i.type.is(r))return o;
if(i.type.is(e)&&o.push(i.node),!i.nextSibling())return r==null?o:[]}}function Ni(n,e,t=e.length-1){for(let r=n;t>=0;r=r.parent){if(!r)return!1;if(!r.type.isAnonymous){
if(e[t]&&e[t]!=r.name)return!1;t--}}return!0}var qi=class{constructor(e,t,r,i){this.parent=e,this.buffer=t,this.index=r,this.start=i}},bn=class n extends cr{get name(){
return this.type.name}get from(){return this.context.start+this.context.buffer.buffer[this.index+1]}get to(){return this.context.start+this.context.buffer.buffer[this.
index+2]}constructor(e,t,r){super(),this.context=e,this._parent=t,this.index=r,this.type=e.buffer.set.types[e.buffer.buffer[r]]}child(e,t,r){let{buffer:i}=this.
context,o=i.findChild(this.index+4,i.buffer[this.index+3],e,t-this.context.start,r);return o<0?null:new n(this.context,this,o)}get firstChild(){return this.child(
1,0,4)}get lastChild(){return this.child(-1,0,4)}childAfter(e){return this.child(1,e,2)}childBefore(e){return this.child(-1,e,-2)}prop(e){return this.type.prop(
e)}enter(e,t,r=0){if(r&ae.ExcludeBuffers)return null;let{buffer:i}=this.context,o=i.findChild(this.index+4,i.buffer[this.index+3],t>0?1:-1,e-this.context.start,
t);return o<0?null:new n(this.context,this,o)}get parent(){return this._parent||this.context.parent.nextSignificantParent()}externalSibling(e){return this._parent?
null:this.context.parent.nextChild(this.context.index+e,e,0,4)}get nextSibling(){let{buffer:e}=this.context,t=e.buffer[this.index+3];return t<(this._parent?e.buffer[this.
_parent.index+3]:e.buffer.length)?new n(this.context,this._parent,t):this.externalSibling(1)}get prevSibling(){let{buffer:e}=this.context,t=this._parent?this._parent.
index+4:0;return this.index==t?this.externalSibling(-1):new n(this.context,this._parent,e.findChild(t,this.index,-1,0,4))}get tree(){return null}toTree(){let e=[],
t=[],{buffer:r}=this.context,i=this.index+4,o=r.buffer[this.index+3];if(o>i){let s=r.buffer[this.index+1];e.push(r.slice(i,o,s)),t.push(0)}return new Re(this.type,
e,t,this.to-this.from)}toString(){return this.context.buffer.childString(this.index)}};function _a(n){if(!n.length)return null;let e=0,t=n[0];for(let o=1;o<n.length;o++){
let s=n[o];(s.from>t.from||s.to<t.to)&&(t=s,e=o)}let r=t instanceof Je&&t.index<0?null:t.parent,i=n.slice();return r?i[e]=r:i.splice(e,1),new Ci(i,t)}var Ci=class{constructor(e,t){
this.heads=e,this.node=t}get next(){return _a(this.heads)}};function Od(n,e,t){let r=n.resolveInner(e,t),i=null;for(let o=r instanceof Je?r:r.context.parent;o;o=
o.parent)if(o.index<0){let s=o.parent;(i||(i=[r])).push(s.resolve(e,t)),o=s}else{let s=zt.get(o.tree);if(s&&s.overlay&&s.overlay[0].from<=e&&s.overlay[s.overlay.
length-1].to>=e){let l=new Je(s.tree,s.overlay[0].from+o.from,-1,o);(i||(i=[r])).push(gn(l,e,t,!1))}}return i?_a(i):r}var yn=class{get name(){return this.type.name}constructor(e,t=0){
if(this.buffer=null,this.stack=[],this.index=0,this.bufferNode=null,this.mode=t&~ae.EnterBracketed,e instanceof Je)this.yieldNode(e);else{this._tree=e.context.parent,
this.buffer=e.context;for(let r=e._parent;r;r=r._parent)this.stack.unshift(r.index);this.bufferNode=e,this.yieldBuf(e.index)}}yieldNode(e){return e?(this._tree=
e,this.type=e.type,this.from=e.from,this.to=e.to,!0):!1}yieldBuf(e,t){this.index=e;let{start:r,buffer:i}=this.buffer;return this.type=t||i.set.types[i.buffer[e]],
this.from=r+i.buffer[e+1],this.to=r+i.buffer[e+2],!0}yield(e){return e?e instanceof Je?(this.buffer=null,this.yieldNode(e)):(this.buffer=e.context,this.yieldBuf(
e.index,e.type)):!1}toString(){return this.buffer?this.buffer.buffer.childString(this.index):this._tree.toString()}enterChild(e,t,r){if(!this.buffer)return this.
yield(this._tree.nextChild(e<0?this._tree._tree.children.length-1:0,e,t,r,this.mode));let{buffer:i}=this.buffer,o=i.findChild(this.index+4,i.buffer[this.index+3],
e,t-this.buffer.start,r);return o<0?!1:(this.stack.push(this.index),this.yieldBuf(o))}firstChild(){return this.enterChild(1,0,4)}lastChild(){return this.enterChild(
-1,0,4)}childAfter(e){return this.enterChild(1,e,2)}childBefore(e){return this.enterChild(-1,e,-2)}enter(e,t,r=this.mode){return this.buffer?r&ae.ExcludeBuffers?
!1:this.enterChild(1,e,t):this.yield(this._tree.enter(e,t,r))}parent(){if(!this.buffer)return this.yieldNode(this.mode&ae.IncludeAnonymous?this._tree._parent:this.
_tree.parent);if(this.stack.length)return this.yieldBuf(this.stack.pop());let e=this.mode&ae.IncludeAnonymous?this.buffer.parent:this.buffer.parent.nextSignificantParent();
return this.buffer=null,this.yieldNode(e)}sibling(e){if(!this.buffer)return this._tree._parent?this.yield(this._tree.index<0?null:this._tree._parent.nextChild(this.
_tree.index+e,e,0,4,this.mode)):!1;let{buffer:t}=this.buffer,r=this.stack.length-1;if(e<0){let i=r<0?0:this.stack[r]+4;if(this.index!=i)return this.yieldBuf(t.findChild(
i,this.index,-1,0,4))}else{let i=t.buffer[this.index+3];if(i<(r<0?t.buffer.length:t.buffer[this.stack[r]+3]))return this.yieldBuf(i)}return r<0?this.yield(this.
buffer.parent.nextChild(this.buffer.index+e,e,0,4,this.mode)):!1}nextSibling(){return this.sibling(1)}prevSibling(){return this.sibling(-1)}atLastNode(e){let t,
r,{buffer:i}=this;if(i){if(e>0){if(this.index<i.buffer.buffer.length)return!1}else for(let o=0;o<this.index;o++)if(i.buffer.buffer[o+3]<this.index)return!1;({index:t,
parent:r}=i)}else({index:t,_parent:r}=this._tree);for(;r;{index:t,_parent:r}=r)if(t>-1)for(let o=t+e,s=e<0?-1:r._tree.children.length;o!=s;o+=e){let l=r._tree.children[o];
if(this.mode&ae.IncludeAnonymous||l instanceof yt||!l.type.isAnonymous||Li(l))return!1}return!0}move(e,t){if(t&&this.enterChild(e,0,4))return!0;for(;;){if(this.
sibling(e))return!0;if(this.atLastNode(e)||!this.parent())return!1}}next(e=!0){return this.move(1,e)}prev(e=!0){return this.move(-1,e)}moveTo(e,t=0){for(;(this.
from==this.to||(t<1?this.from>=e:this.from>e)||(t>-1?this.to<=e:this.to<e))&&this.parent(););for(;this.enterChild(1,e,t););return this}get node(){if(!this.buffer)
return this._tree;let e=this.bufferNode,t=null,r=0;if(e&&e.context==this.buffer)e:for(let i=this.index,o=this.stack.length;o>=0;){for(let s=e;s;s=s._parent)if(s.
index==i){if(i==this.index)return s;t=s,r=o+1;break e}i=this.stack[--o]}for(let i=r;i<this.stack.length;i++)t=new bn(this.buffer,t,this.stack[i]);return this.bufferNode=
new bn(this.buffer,t,this.index)}get tree(){return this.buffer?null:this._tree._tree}iterate(e,t){for(let r=0;;){let i=!1;if(this.type.isAnonymous||e(this)!==!1){
if(this.firstChild()){r++;continue}this.type.isAnonymous||(i=!0)}for(;;){if(i&&t&&t(this),i=this.type.isAnonymous,!r)return;if(this.nextSibling())break;this.parent(),
r--,i=!0}}}matchContext(e){if(!this.buffer)return Ni(this.node.parent,e);let{buffer:t}=this.buffer,{types:r}=t.set;for(let i=e.length-1,o=this.stack.length-1;i>=
0;o--){if(o<0)return Ni(this._tree,e,i);let s=r[t.buffer[this.stack[o]]];if(!s.isAnonymous){if(e[i]&&e[i]!=s.name)return!1;i--}}return!0}};function Li(n){return n.
children.some(e=>e instanceof yt||!e.type.isAnonymous||Li(e))}function md(n){var e;let{buffer:t,nodeSet:r,maxBufferLength:i=1024,reused:o=[],minRepeatType:s=r.types.
length}=n,l=Array.isArray(t)?new $i(t,t.length):t,u=r.types,f=0,d=0;function O(M,z,k,A,q,I){let{id:C,start:R,end:U,size:B}=l,ee=d,Qe=f;if(B<0)if(l.next(),B==-1){
let ge=o[C];k.push(ge),A.push(R-M);return}else if(B==-3){f=C;return}else if(B==-4){d=C;return}else throw new RangeError(`Unrecognized record size: ${B}`);let Pe=u[C],
X,F,Ge=R-M;if(U-R<=i&&(F=b(l.pos-z,q))){let ge=new Uint16Array(F.size-F.skip),te=l.pos-F.size,Ee=ge.length;for(;l.pos>te;)Ee=x(F.start,ge,Ee);X=new yt(ge,U-F.start,
r),Ge=F.start-M}else{let ge=l.pos-B;l.next();let te=[],Ee=[],ze=C>=s?C:-1,Ve=0,pt=U,J=ee;for(;l.pos>ge;)ze>=0&&l.id==ze&&l.size>=0?(l.end<=pt-i&&(g(te,Ee,R,Ve,l.
end,pt,ze,J,Qe),Ve=te.length,pt=l.end,J=d),l.next()):I>2500?p(R,ge,te,Ee):(ze>=0&&l.size==-1&&o[l.id].type==r.types[ze]&&(Ve<te.length&&g(te,Ee,R,Ve,l.end,pt,ze,
J,Qe),Ve=te.length+1,pt=l.start,J=d),O(R,ge,te,Ee,ze,I+1));if(ze>=0&&Ve>0&&Ve<te.length&&g(te,Ee,R,Ve,R,pt,ze,J,Qe),te.reverse(),Ee.reverse(),ze>-1&&Ve>0){let $n=h(
Pe,Qe);X=Wi(Pe,te,Ee,0,te.length,0,U-R,$n,$n)}else X=y(Pe,te,Ee,U-R,ee-U,Qe)}k.push(X),A.push(Ge)}function p(M,z,k,A){let q=[],I=0,C=-1;for(;l.pos>z;){let{id:R,
start:U,end:B,size:ee}=l;if(ee>4)l.next();else{if(C>-1&&U<C)break;C<0&&(C=B-i),q.push(R,U,B),I++,l.next()}}if(I){let R=new Uint16Array(I*4),U=q[q.length-2];for(let B=q.
length-3,ee=0;B>=0;B-=3)R[ee++]=q[B],R[ee++]=q[B+1]-U,R[ee++]=q[B+2]-U,R[ee++]=ee;k.push(new yt(R,q[2]-U,r)),A.push(U-M)}}function h(M,z){return(k,A,q)=>{let I=0,
C=k.length-1,R,U;if(C>=0&&(R=k[C])instanceof Re){if(!C&&R.type==M&&R.length==q)return R;(U=R.prop(H.lookAhead))&&(I=A[C]+R.length+U-q)}return y(M,k,A,q,I,z)}}function g(M,z,k,A,q,I,C,R,U){
let B=[],ee=[];for(;M.length>A;)B.push(M.pop()),ee.push(z.pop()+k-q);M.push(y(r.types[C],B,ee,I-q,R-I,U)),z.push(q-k)}function y(M,z,k,A,q,I,C){if(I){let R=[H.contextHash,
I];C=C?[R].concat(C):[R]}if(q>25){let R=[H.lookAhead,q];C=C?[R].concat(C):[R]}return new Re(M,z,k,A,C)}function b(M,z){let k=l.fork(),A=0,q=0,I=0,C=k.end-i,R={size:0,
start:0,skip:0};e:for(let U=k.pos-M;k.pos>U;){let B=k.size;if(k.id==z&&B>=0){R.size=A,R.start=q,R.skip=I,I+=4,A+=4,k.next();continue}let ee=k.pos-B;if(B<0||ee<U||
k.start<C)break;let Qe=k.id>=s?4:0,Pe=k.start;for(k.next();k.pos>ee;){if(k.size<0)if(k.size==-3||k.size==-4)Qe+=4;else break e;else k.id>=s&&(Qe+=4);k.next()}q=
Pe,A+=B,I+=Qe}return(z<0||A==M)&&(R.size=A,R.start=q,R.skip=I),R.size>4?R:void 0}function x(M,z,k){let{id:A,start:q,end:I,size:C}=l;if(l.next(),C>=0&&A<s){let R=k;
if(C>4){let U=l.pos-(C-4);for(;l.pos>U;)k=x(M,z,k)}z[--k]=R,z[--k]=I-M,z[--k]=q-M,z[--k]=A}else C==-3?f=A:C==-4&&(d=A);return k}let P=[],N=[];for(;l.pos>0;)O(n.
start||0,n.bufferStart||0,P,N,-1,0);let W=(e=n.length)!==null&&e!==void 0?e:P.length?N[0]+P[0].length:0;return new Re(u[n.topID],P.reverse(),N.reverse(),W)}var ba=new WeakMap;
function lr(n,e){if(!n.isAnonymous||e instanceof yt||e.type!=n)return 1;let t=ba.get(e);if(t==null){t=1;for(let r of e.children){if(r.type!=n||!(r instanceof Re)){
t=1;break}t+=lr(n,r)}ba.set(e,t)}return t}function Wi(n,e,t,r,i,o,s,l,u){let f=0;for(let g=r;g<i;g++)f+=lr(n,e[g]);let d=Math.ceil(f*1.5/8),O=[],p=[];function h(g,y,b,x,P){
for(let N=b;N<x;){let W=N,M=y[N],z=lr(n,g[N]);for(N++;N<x;N++){let k=lr(n,g[N]);if(z+k>=d)break;z+=k}if(N==W+1){if(z>d){let k=g[W];h(k.children,k.positions,0,k.
children.length,y[W]+P);continue}O.push(g[W])}else{let k=y[N-1]+g[N-1].length-M;O.push(Wi(n,g,y,W,N,M,k,null,u))}p.push(M+P-o)}}return h(e,t,r,i,0),(l||u)(O,p,s)}var dr=class{startParse(e,t,r){return typeof e=="string"&&(e=new zi(e)),r=r?r.length?r.map(i=>new mn(i.from,i.to)):[new mn(0,0)]:[new mn(0,e.length)],this.createParse(
e,t||[],r)}parse(e,t,r){let i=this.startParse(e,t,r);for(;;){let o=i.advance();if(o)return o}}},zi=class{constructor(e){this.string=e}get length(){return this.string.
length}chunk(e){return this.string.slice(e)}get lineChunks(){return!1}read(e,t){return this.string.slice(e,t)}};var ug=new H({perNode:!0});var Di=class n{constructor(e,t,r,i,o,s,l,u,f,d=0,O){this.p=e,this.stack=t,this.state=r,this.reducePos=i,this.pos=o,this.score=s,this.buffer=l,this.bufferBase=u,
this.curContext=f,this.lookAhead=d,this.parent=O}toString(){return`[${this.stack.filter((e,t)=>t%3==0).concat(this.state)}]@${this.pos}${this.score?"!"+this.score:
""}`}static start(e,t,r=0){let i=e.parser.context;return new n(e,[],t,r,r,0,[],0,i?new fr(i,i.start):null,0,null)}get context(){return this.curContext?this.curContext.
context:null}pushState(e,t){this.stack.push(this.state,t,this.bufferBase+this.buffer.length),this.state=e}reduce(e){var t;let r=e>>19,i=e&65535,{parser:o}=this.
p,s=this.reducePos<this.pos-25&&this.setLookAhead(this.pos),l=o.dynamicPrecedence(i);if(l&&(this.score+=l),r==0){i<o.minRepeatTerm&&this.reducePos<this.pos&&(this.
reducePos=this.pos),this.pushState(o.getGoto(this.state,i,!0),this.reducePos),i<o.minRepeatTerm&&this.storeNode(i,this.reducePos,this.reducePos,s?8:4,!0),this.reduceContext(
i,this.reducePos);return}let u=this.stack.length-(r-1)*3-(e&262144?6:0),f=u?this.stack[u-2]:this.p.ranges[0].from;i<o.minRepeatTerm&&f==this.reducePos&&this.reducePos<
this.pos&&(this.reducePos=this.pos);let d=this.reducePos-f;d>=2e3&&!(!((t=this.p.parser.nodeSet.types[i])===null||t===void 0)&&t.isAnonymous)&&(f==this.p.lastBigReductionStart?
(this.p.bigReductionCount++,this.p.lastBigReductionSize=d):this.p.lastBigReductionSize<d&&(this.p.bigReductionCount=1,this.p.lastBigReductionStart=f,this.p.lastBigReductionSize=
d));let O=u?this.stack[u-1]:0,p=this.bufferBase+this.buffer.length-O;if(i<o.minRepeatTerm||e&131072){let h=o.stateFlag(this.state,1)?this.pos:this.reducePos;this.
storeNode(i,f,h,p+4,!0)}if(e&262144)this.state=this.stack[u];else{let h=this.stack[u-3];this.state=o.getGoto(h,i,!0)}for(;this.stack.length>u;)this.stack.pop();
this.reduceContext(i,f)}storeNode(e,t,r,i=4,o=!1){if(e==0&&(!this.stack.length||this.stack[this.stack.length-1]<this.buffer.length+this.bufferBase)){let s=this.
buffer.length;if(s>0&&this.buffer[s-4]==0&&this.buffer[s-1]>-1){if(t==r)return;if(this.buffer[s-2]>=t){this.buffer[s-2]=r;return}}}if(!o||this.pos==r)this.buffer.
push(e,t,r,i);else{let s=this.buffer.length;if(s>0&&(this.buffer[s-4]!=0||this.buffer[s-1]<0)){let l=!1;for(let u=s;u>0&&this.buffer[u-2]>r;u-=4)if(this.buffer[u-
1]>=0){l=!0;break}if(l)for(;s>0&&this.buffer[s-2]>r;)this.buffer[s]=this.buffer[s-4],this.buffer[s+1]=this.buffer[s-3],this.buffer[s+2]=this.buffer[s-2],this.buffer[s+
3]=this.buffer[s-1],s-=4,i>4&&(i-=4)}this.buffer[s]=e,this.buffer[s+1]=t,this.buffer[s+2]=r,this.buffer[s+3]=i}}shift(e,t,r,i){if(e&131072)this.pushState(e&65535,
this.pos);else if((e&262144)==0){let o=e,{parser:s}=this.p;this.pos=i;let l=s.stateFlag(o,1);!l&&(i>r||t<=s.maxNode)&&(this.reducePos=i),this.pushState(o,l?r:Math.
min(r,this.reducePos)),this.shiftContext(t,r),t<=s.maxNode&&this.buffer.push(t,r,i,4)}else this.pos=i,this.shiftContext(t,r),t<=this.p.parser.maxNode&&this.buffer.
push(t,r,i,4)}apply(e,t,r,i){e&65536?this.reduce(e):this.shift(e,t,r,i)}useNode(e,t,r){let i=this.p.reused.length-1;(i<0||this.p.reused[i]!=e)&&(this.p.reused.push(
e),i++);let o=this.reducePos=this.pos=r+e.length;this.pushState(t,r),this.buffer.push(i,r,o,-1),this.curContext&&this.updateContext(this.curContext.tracker.reuse(
this.curContext.context,e,this,this.p.stream.reset(this.pos-e.length)))}split(){let e=this,t=e.buffer.length;for(t&&e.buffer[t-4]==0&&(t-=4);t>0&&e.buffer[t-2]>
e.reducePos;)t-=4;let r=e.buffer.slice(t),i=e.bufferBase+t;for(;e&&i==e.bufferBase;)e=e.parent;return new n(this.p,this.stack.slice(),this.state,this.reducePos,
this.pos,this.score,r,i,this.curContext,this.lookAhead,e)}recoverByDelete(e,t){let r=e<=this.p.parser.maxNode;r&&this.storeNode(e,this.pos,t,4),this.storeNode(0,
this.pos,t,r?8:4),this.pos=this.reducePos=t,this.score-=190}canShift(e){for(let t=new Ii(this);;){let r=this.p.parser.stateSlot(t.state,4)||this.p.parser.hasAction(
t.state,e);if(r==0)return!1;if((r&65536)==0)return!0;t.reduce(r)}}recoverByInsert(e){if(this.stack.length>=300)return[];let t=this.p.parser.nextStates(this.state);
if(t.length>8||this.stack.length>=120){let i=[];for(let o=0,s;o<t.length;o+=2)(s=t[o+1])!=this.state&&this.p.parser.hasAction(s,e)&&i.push(t[o],s);if(this.stack.
length<120)for(let o=0;i.length<8&&o<t.length;o+=2){let s=t[o+1];i.some((l,u)=>u&1&&l==s)||i.push(t[o],s)}t=i}let r=[];for(let i=0;i<t.length&&r.length<4;i+=2){
let o=t[i+1];if(o==this.state)continue;let s=this.split();s.pushState(o,this.pos),s.storeNode(0,s.pos,s.pos,4,!0),s.shiftContext(t[i],this.pos),s.reducePos=this.
pos,s.score-=200,r.push(s)}return r}forceReduce(){let{parser:e}=this.p,t=e.stateSlot(this.state,5);if((t&65536)==0)return!1;if(!e.validAction(this.state,t)){let r=t>>
19,i=t&65535,o=this.stack.length-r*3;if(o<0||e.getGoto(this.stack[o],i,!1)<0){let s=this.findForcedReduction();if(s==null)return!1;t=s}this.storeNode(0,this.pos,
this.pos,4,!0),this.score-=100}return this.reducePos=this.pos,this.reduce(t),!0}findForcedReduction(){let{parser:e}=this.p,t=[],r=(i,o)=>{if(!t.includes(i))return t.
push(i),e.allActions(i,s=>{if(!(s&393216))if(s&65536){let l=(s>>19)-o;if(l>1){let u=s&65535,f=this.stack.length-l*3;if(f>=0&&e.getGoto(this.stack[f],u,!1)>=0)return l<<
19|65536|u}}else{let l=r(s,o+1);if(l!=null)return l}})};return r(this.state,0)}forceAll(){for(;!this.p.parser.stateFlag(this.state,2);)if(!this.forceReduce()){this.
storeNode(0,this.pos,this.pos,4,!0);break}return this}get deadEnd(){if(this.stack.length!=3)return!1;let{parser:e}=this.p;return e.data[e.stateSlot(this.state,1)]==
65535&&!e.stateSlot(this.state,4)}restart(){this.storeNode(0,this.pos,this.pos,4,!0),this.state=this.stack[0],this.stack.length=0}sameState(e){if(this.state!=e.
state||this.stack.length!=e.stack.length)return!1;for(let t=0;t<this.stack.length;t+=3)if(this.stack[t]!=e.stack[t])return!1;return!0}get parser(){return this.p.
parser}dialectEnabled(e){return this.p.parser.dialect.flags[e]}shiftContext(e,t){this.curContext&&this.updateContext(this.curContext.tracker.shift(this.curContext.
context,e,this,this.p.stream.reset(t)))}reduceContext(e,t){this.curContext&&this.updateContext(this.curContext.tracker.reduce(this.curContext.context,e,this,this.
p.stream.reset(t)))}emitContext(){let e=this.buffer.length-1;(e<0||this.buffer[e]!=-3)&&this.storeNode(this.curContext.hash,this.reducePos,this.reducePos,-3,!0)}emitLookAhead(){
let e=this.buffer.length-1;(e<0||this.buffer[e]!=-4)&&this.buffer.push(this.lookAhead,this.pos,this.pos,-4)}updateContext(e){if(e!=this.curContext.context){let t=new fr(
this.curContext.tracker,e);t.hash!=this.curContext.hash&&this.emitContext(),this.curContext=t}}setLookAhead(e){return e<=this.lookAhead?!1:(this.emitLookAhead(),
this.lookAhead=e,!0)}close(){this.curContext&&this.curContext.tracker.strict&&this.emitContext(),this.lookAhead>0&&this.emitLookAhead()}},fr=class{constructor(e,t){
this.tracker=e,this.context=t,this.hash=e.strict?e.hash(t):0}},Ii=class{constructor(e){this.start=e,this.state=e.state,this.stack=e.stack,this.base=this.stack.length}reduce(e){
let t=e&65535,r=e>>19;r==0?(this.stack==this.start.stack&&(this.stack=this.stack.slice()),this.stack.push(this.state,0,0),this.base+=3):this.base-=(r-1)*3;let i=this.
start.p.parser.getGoto(this.stack[this.base-3],t,!0);this.state=i}},Ui=class n{constructor(e,t,r){this.stack=e,this.pos=t,this.index=r,this.buffer=e.buffer,this.
index==0&&this.maybeNext()}static create(e,t=e.bufferBase+e.buffer.length){return new n(e,t,t-e.bufferBase)}maybeNext(){let e=this.stack.parent;e!=null&&(this.index=
this.stack.bufferBase-e.bufferBase,this.stack=e,this.buffer=e.buffer)}get id(){return this.buffer[this.index-4]}get start(){return this.buffer[this.index-3]}get end(){
return this.buffer[this.index-2]}get size(){return this.buffer[this.index-1]}next(){this.index-=4,this.pos-=4,this.index==0&&this.maybeNext()}fork(){return new n(
this.stack,this.pos,this.index)}};function _n(n,e=Uint16Array){if(typeof n!="string")return n;let t=null;for(let r=0,i=0;r<n.length;){let o=0;for(;;){let s=n.charCodeAt(
r++),l=!1;if(s==126){o=65535;break}s>=92&&s--,s>=34&&s--;let u=s-32;if(u>=46&&(u-=46,l=!0),o+=u,l)break;o*=46}t?t[i++]=o:t=new e(o)}return t}var nn=class{constructor(){
this.start=-1,this.value=-1,this.end=-1,this.extended=-1,this.lookAhead=0,this.mask=0,this.context=0}},Ta=new nn,Xi=class{constructor(e,t){this.input=e,this.ranges=
t,this.chunk="",this.chunkOff=0,this.chunk2="",this.chunk2Pos=0,this.next=-1,this.token=Ta,this.rangeIndex=0,this.pos=this.chunkPos=t[0].from,this.range=t[0],this.
end=t[t.length-1].to,this.readNext()}resolveOffset(e,t){let r=this.range,i=this.rangeIndex,o=this.pos+e;for(;o<r.from;){if(!i)return null;let s=this.ranges[--i];
o-=r.from-s.to,r=s}for(;t<0?o>r.to:o>=r.to;){if(i==this.ranges.length-1)return null;let s=this.ranges[++i];o+=s.from-r.to,r=s}return o}clipPos(e){if(e>=this.range.
from&&e<this.range.to)return e;for(let t of this.ranges)if(t.to>e)return Math.max(e,t.from);return this.end}peek(e){let t=this.chunkOff+e,r,i;if(t>=0&&t<this.chunk.
length)r=this.pos+e,i=this.chunk.charCodeAt(t);else{let o=this.resolveOffset(e,1);if(o==null)return-1;if(r=o,r>=this.chunk2Pos&&r<this.chunk2Pos+this.chunk2.length)
i=this.chunk2.charCodeAt(r-this.chunk2Pos);else{let s=this.rangeIndex,l=this.range;for(;l.to<=r;)l=this.ranges[++s];this.chunk2=this.input.chunk(this.chunk2Pos=
r),r+this.chunk2.length>l.to&&(this.chunk2=this.chunk2.slice(0,l.to-r)),i=this.chunk2.charCodeAt(0)}}return r>=this.token.lookAhead&&(this.token.lookAhead=r+1),
i}acceptToken(e,t=0){let r=t?this.resolveOffset(t,-1):this.pos;if(r==null||r<this.token.start)throw new RangeError("Token end out of bounds");this.token.value=e,
this.token.end=r}acceptTokenTo(e,t){this.token.value=e,this.token.end=t}getChunk(){if(this.pos>=this.chunk2Pos&&this.pos<this.chunk2Pos+this.chunk2.length){let{
chunk:e,chunkPos:t}=this;this.chunk=this.chunk2,this.chunkPos=this.chunk2Pos,this.chunk2=e,this.chunk2Pos=t,this.chunkOff=this.pos-this.chunkPos}else{this.chunk2=
this.chunk,this.chunk2Pos=this.chunkPos;let e=this.input.chunk(this.pos),t=this.pos+e.length;this.chunk=t>this.range.to?e.slice(0,this.range.to-this.pos):e,this.
chunkPos=this.pos,this.chunkOff=0}}readNext(){return this.chunkOff>=this.chunk.length&&(this.getChunk(),this.chunkOff==this.chunk.length)?this.next=-1:this.next=
this.chunk.charCodeAt(this.chunkOff)}advance(e=1){for(this.chunkOff+=e;this.pos+e>=this.range.to;){if(this.rangeIndex==this.ranges.length-1)return this.setDone();
e-=this.range.to-this.pos,this.range=this.ranges[++this.rangeIndex],this.pos=this.range.from}return this.pos+=e,this.pos>=this.token.lookAhead&&(this.token.lookAhead=
this.pos+1),this.readNext()}setDone(){return this.pos=this.chunkPos=this.end,this.range=this.ranges[this.rangeIndex=this.ranges.length-1],this.chunk="",this.next=
-1}reset(e,t){if(t?(this.token=t,t.start=e,t.lookAhead=e+1,t.value=t.extended=-1):this.token=Ta,this.pos!=e){if(this.pos=e,e==this.end)return this.setDone(),this;
for(;e<this.range.from;)this.range=this.ranges[--this.rangeIndex];for(;e>=this.range.to;)this.range=this.ranges[++this.rangeIndex];e>=this.chunkPos&&e<this.chunkPos+
this.chunk.length?this.chunkOff=e-this.chunkPos:(this.chunk="",this.chunkOff=0),this.readNext()}return this}read(e,t){if(e>=this.chunkPos&&t<=this.chunkPos+this.
chunk.length)return this.chunk.slice(e-this.chunkPos,t-this.chunkPos);if(e>=this.chunk2Pos&&t<=this.chunk2Pos+this.chunk2.length)return this.chunk2.slice(e-this.
chunk2Pos,t-this.chunk2Pos);if(e>=this.range.from&&t<=this.range.to)return this.input.read(e,t);let r="";for(let i of this.ranges){if(i.from>=t)break;i.to>e&&(r+=
this.input.read(Math.max(i.from,e),Math.min(i.to,t)))}return r}},_t=class{constructor(e,t){this.data=e,this.id=t}token(e,t){let{parser:r}=t.p;ka(this.data,e,t,this.
id,r.data,r.tokenPrecTable)}};_t.prototype.contextual=_t.prototype.fallback=_t.prototype.extend=!1;var ji=class{constructor(e,t,r){this.precTable=t,this.elseToken=
r,this.data=typeof e=="string"?_n(e):e}token(e,t){let r=e.pos,i=0;for(;;){let o=e.next<0,s=e.resolveOffset(1,1);if(ka(this.data,e,t,0,this.data,this.precTable),
e.token.value>-1)break;if(this.elseToken==null)return;if(o||i++,s==null)break;e.reset(s,e.token)}i&&(e.reset(r,e.token),e.acceptToken(this.elseToken,i))}};ji.prototype.
contextual=_t.prototype.fallback=_t.prototype.extend=!1;var Lt=class{constructor(e,t={}){this.token=e,this.contextual=!!t.contextual,this.fallback=!!t.fallback,
this.extend=!!t.extend}};function ka(n,e,t,r,i,o){let s=0,l=1<<r,{dialect:u}=t.p.parser;e:for(;(l&n[s])!=0;){let f=n[s+1];for(let h=s+3;h<f;h+=2)if((n[h+1]&l)>0){
let g=n[h];if(u.allows(g)&&(e.token.value==-1||e.token.value==g||bd(g,e.token.value,i,o))){e.acceptToken(g);break}}let d=e.next,O=0,p=n[s+2];if(e.next<0&&p>O&&n[f+
p*3-3]==65535){s=n[f+p*3-1];continue e}for(;O<p;){let h=O+p>>1,g=f+h+(h<<1),y=n[g],b=n[g+1]||65536;if(d<y)p=h;else if(d>=b)O=h+1;else{s=n[g+2],e.advance();continue e}}
break}}function wa(n,e,t){for(let r=e,i;(i=n[r])!=65535;r++)if(i==t)return r-e;return-1}function bd(n,e,t,r){let i=wa(t,r,e);return i<0||wa(t,r,n)<i}var Ce=typeof process<
"u"&&process.env&&/\bparse\b/.test(process.env.LOG),Mi=null;function Sa(n,e,t){let r=n.cursor(ae.IncludeAnonymous);for(r.moveTo(e);;)if(!(t<0?r.childBefore(e):r.
childAfter(e)))for(;;){if((t<0?r.to<e:r.from>e)&&!r.type.isError)return t<0?Math.max(0,Math.min(r.to-1,e-25)):Math.min(n.length,Math.max(r.from+1,e+25));if(t<0?
r.prevSibling():r.nextSibling())break;if(!r.parent())return t<0?0:n.length}}var Gi=class{constructor(e,t){this.fragments=e,this.minRepeat=t,this.i=0,this.fragment=
null,this.safeFrom=-1,this.safeTo=-1,this.trees=[],this.start=[],this.index=[],this.lastRepeat=null,this.lastRepeatPos=-1,this.nextFragment()}nextFragment(){let e=this.
fragment=this.i==this.fragments.length?null:this.fragments[this.i++];if(e){for(this.safeFrom=e.openStart?Sa(e.tree,e.from+e.offset,1)-e.offset:e.from,this.safeTo=
e.openEnd?Sa(e.tree,e.to+e.offset,-1)-e.offset:e.to;this.trees.length;)this.trees.pop(),this.start.pop(),this.index.pop();this.trees.push(e.tree),this.start.push(
-e.offset),this.index.push(0),this.nextStart=this.safeFrom}else this.nextStart=1e9}nodeAt(e){if(e<this.nextStart)return null;for(;this.fragment&&this.safeTo<=e;)
this.nextFragment();if(!this.fragment)return null;for(;;){let t=this.trees.length-1;if(t<0)return this.nextFragment(),null;if(e<this.safeFrom)return null;let r=this.
trees[t],i=this.index[t];if(i==r.children.length){this.trees.pop(),this.start.pop(),this.index.pop();continue}let o=r.children[i],s=this.start[t]+r.positions[i];
if(s>e)return this.nextStart=s,null;if(o instanceof Re){let l=s>this.lastRepeatPos&&o.type.id>=this.minRepeat;if(s==e||l){let u=s+o.length,f;if(s>=this.safeFrom&&
u<=this.safeTo&&(!(f=o.prop(H.lookAhead))||u+f<this.fragment.to)&&(l&&(this.lastRepeat=o,this.lastRepeatPos=s),s==e))return o}this.index[t]++,s+o.length>=Math.max(
this.safeFrom,e)&&(this.trees.push(o),this.start.push(s),this.index.push(0))}else this.index[t]++,this.nextStart=s+o.length}}},Fi=class{constructor(e,t){this.stream=
t,this.tokens=[],this.mainToken=null,this.actions=[],this.tokens=e.tokenizers.map(r=>new nn)}getActions(e){let t=0,r=null,{parser:i}=e.p,{tokenizers:o}=i,s=i.stateSlot(
e.state,3),l=e.curContext?e.curContext.hash:0,u=0;for(let f=0;f<o.length;f++){if((1<<f&s)==0)continue;let d=o[f],O=this.tokens[f];if(!(r&&!d.fallback)&&((d.contextual||
O.start!=e.pos||O.mask!=s||O.context!=l)&&(this.updateCachedToken(O,d,e),O.mask=s,O.context=l),O.lookAhead>O.end+25&&(u=Math.max(O.lookAhead,u)),O.value!=0)){let p=t;
if(O.extended>-1&&(t=this.addActions(e,O.extended,O.end,t)),t=this.addActions(e,O.value,O.end,t),!d.extend&&(r=O,t>p))break}}for(;this.actions.length>t;)this.actions.
pop();return u&&e.setLookAhead(u),!r&&e.pos==this.stream.end&&(r=new nn,r.value=e.p.parser.eofTerm,r.start=r.end=e.pos,t=this.addActions(e,r.value,r.end,t)),this.
mainToken=r,this.actions}getMainToken(e){if(this.mainToken)return this.mainToken;let t=new nn,{pos:r,p:i}=e;return t.start=r,t.end=Math.min(r+1,i.stream.end),t.
value=r==i.stream.end?i.parser.eofTerm:0,t}updateCachedToken(e,t,r){let i=this.stream.clipPos(r.pos);if(t.token(this.stream.reset(i,e),r),e.value>-1){let{parser:o}=r.
p;for(let s=0;s<o.specialized.length;s++)if(o.specialized[s]==e.value){let l=o.specializers[s](this.stream.read(e.start,e.end),r);if(l>=0&&r.p.parser.dialect.allows(
l>>1)){(l&1)==0?e.value=l>>1:e.extended=l>>1;break}}}else e.value=0,e.end=this.stream.clipPos(i+1)}putAction(e,t,r,i){for(let o=0;o<i;o+=3)if(this.actions[o]==e)
return i;return this.actions[i++]=e,this.actions[i++]=t,this.actions[i++]=r,i}addActions(e,t,r,i){let{state:o}=e,{parser:s}=e.p,{data:l}=s;for(let u=0;u<2;u++)for(let f=s.
stateSlot(o,u?2:1);;f+=3){if(l[f]==65535)if(l[f+1]==1)f=st(l,f+2);else{i==0&&l[f+1]==2&&(i=this.putAction(st(l,f+2),t,r,i));break}l[f]==t&&(i=this.putAction(st(
l,f+1),t,r,i))}return i}},Hi=class{constructor(e,t,r,i){this.parser=e,this.input=t,this.ranges=i,this.recovering=0,this.nextStackID=9812,this.minStackPos=0,this.
reused=[],this.stoppedAt=null,this.lastBigReductionStart=-1,this.lastBigReductionSize=0,this.bigReductionCount=0,this.stream=new Xi(t,i),this.tokens=new Fi(e,this.
stream),this.topTerm=e.top[1];let{from:o}=i[0];this.stacks=[Di.start(this,e.top[0],o)],this.fragments=r.length&&this.stream.end-o>e.bufferLength*4?new Gi(r,e.minRepeatTerm):
null}get parsedPos(){return this.minStackPos}advance(){let e=this.stacks,t=this.minStackPos,r=this.stacks=[],i,o;if(this.bigReductionCount>300&&e.length==1){let[
s]=e;for(;s.forceReduce()&&s.stack.length&&s.stack[s.stack.length-2]>=this.lastBigReductionStart;);this.bigReductionCount=this.lastBigReductionSize=0}for(let s=0;s<
e.length;s++){let l=e[s];for(;;){if(this.tokens.mainToken=null,l.pos>t)r.push(l);else{if(this.advanceStack(l,r,e))continue;{i||(i=[],o=[]),i.push(l);let u=this.
tokens.getMainToken(l);o.push(u.value,u.end)}}break}}if(!r.length){let s=i&&yd(i);if(s)return Ce&&console.log("Finish with "+this.stackID(s)),this.stackToTree(s);
if(this.parser.strict)throw Ce&&i&&console.log("Stuck with token "+(this.tokens.mainToken?this.parser.getName(this.tokens.mainToken.value):"none")),new SyntaxError(
"No parse at "+t);this.recovering||(this.recovering=5)}if(this.recovering&&i){let s=this.stoppedAt!=null&&i[0].pos>this.stoppedAt?i[0]:this.runRecovery(i,o,r);if(s)
return Ce&&console.log("Force-finish "+this.stackID(s)),this.stackToTree(s.forceAll())}if(this.recovering){let s=this.recovering==1?1:this.recovering*3;if(r.length>
s)for(r.sort((l,u)=>u.score-l.score);r.length>s;)r.pop();r.some(l=>l.reducePos>t)&&this.recovering--}else if(r.length>1){e:for(let s=0;s<r.length-1;s++){let l=r[s];
for(let u=s+1;u<r.length;u++){let f=r[u];if(l.sameState(f)||l.buffer.length>500&&f.buffer.length>500)if((l.score-f.score||l.buffer.length-f.buffer.length)>0)r.splice(
u--,1);else{r.splice(s--,1);continue e}}}r.length>12&&(r.sort((s,l)=>l.score-s.score),r.splice(12,r.length-12))}this.minStackPos=r[0].pos;for(let s=1;s<r.length;s++)
r[s].pos<this.minStackPos&&(this.minStackPos=r[s].pos);return null}stopAt(e){if(this.stoppedAt!=null&&this.stoppedAt<e)throw new RangeError("Can't move stoppedA\
t forward");this.stoppedAt=e}tryReuse(e,t,r,i){if(!r)return null;let o=e.curContext&&e.curContext.tracker.strict,s=o?e.curContext.hash:0;for(;r;){let l=this.parser.
nodeSet.types[r.type.id]!=r.type?-1:this.parser.getGoto(e.state,r.type.id);if(l>-1&&r.length&&(!o||(r.prop(H.contextHash)||0)==s))return e.useNode(r,l,t),r;if(r.
children.length==0||r.positions[0]>0)break;let u=r.children[0];if(u instanceof Re&&(!i||u.type.id>=this.parser.minRepeatTerm))r=u;else break}return null}advanceStack(e,t,r){
let i=e.pos,{parser:o}=this,s=Ce?this.stackID(e)+" -> ":"";if(this.stoppedAt!=null&&i>this.stoppedAt)return e.forceReduce()?e:null;if(this.fragments){let f=e.reducePos<
i&&e.buffer.length&&e.buffer[e.buffer.length-2]<=e.reducePos&&this.fragments.lastRepeatPos==e.reducePos&&this.tryReuse(e,e.reducePos,this.fragments.lastRepeat,!0)||
this.tryReuse(e,i,this.fragments.nodeAt(i),!1);if(f)return Ce&&console.log(s+this.stackID(e)+` (via reuse of ${o.getName(f.type.id)})`),!0}let l=o.stateSlot(e.state,
4);if(l>0)return e.reduce(l),Ce&&console.log(s+this.stackID(e)+` (via always-reduce ${o.getName(l&65535)})`),!0;if(e.stack.length>=8400)for(;e.stack.length>6e3&&
e.forceReduce(););let u=this.tokens.getActions(e);for(let f=0;f<u.length;){let d=u[f++],O=u[f++],p=u[f++],h=f==u.length||!r,g=h?e:e.split(),y=this.tokens.mainToken;
if(g.apply(d,O,y?y.start:g.pos,p),Ce&&console.log(s+this.stackID(g)+` (via ${(d&65536)==0?"shift":`reduce of ${o.getName(d&65535)}`} for ${o.getName(O)} @ ${i}${g==
e?"":", split"})`),h)return!0;g.pos>i?t.push(g):r.push(g)}return!1}advanceFully(e,t){let r=e.pos;for(;;){if(!this.advanceStack(e,null,null))return!1;if(e.pos>r)
return va(e,t),!0}}runRecovery(e,t,r){let i=null,o=!1;for(let s=0;s<e.length;s++){let l=e[s],u=t[s<<1],f=t[(s<<1)+1],d=Ce?this.stackID(l)+" -> ":"";if(l.deadEnd&&
(o||(o=!0,l.restart(),Ce&&console.log(d+this.stackID(l)+" (restarted)"),this.advanceFully(l,r))))continue;let O=l.split(),p=d;for(let h=0;h<10&&O.forceReduce()&&
(Ce&&console.log(p+this.stackID(O)+" (via force-reduce)"),!this.advanceFully(O,r));h++)Ce&&(p=this.stackID(O)+" -> ");for(let h of l.recoverByInsert(u))Ce&&console.
log(d+this.stackID(h)+" (via recover-insert)"),this.advanceFully(h,r);this.stream.end>l.pos?(f==l.pos&&(f++,u=0),l.recoverByDelete(u,f),Ce&&console.log(d+this.stackID(
l)+` (via recover-delete ${this.parser.getName(u)})`),va(l,r)):(!i||i.score<O.score)&&(i=O)}return i}stackToTree(e){return e.close(),Re.build({buffer:Ui.create(
e),nodeSet:this.parser.nodeSet,topID:this.topTerm,maxBufferLength:this.parser.bufferLength,reused:this.reused,start:this.ranges[0].from,length:e.pos-this.ranges[0].
from,minRepeatType:this.parser.minRepeatTerm})}stackID(e){let t=(Mi||(Mi=new WeakMap)).get(e);return t||Mi.set(e,t=String.fromCodePoint(this.nextStackID++)),t+e}};
function va(n,e){for(let t=0;t<e.length;t++){let r=e[t];if(r.pos==n.pos&&r.sameState(n)){e[t].score<n.score&&(e[t]=n);return}}e.push(n)}var Zi=class{constructor(e,t,r){
this.source=e,this.flags=t,this.disabled=r}allows(e){return!this.disabled||this.disabled[e]==0}},Vi=n=>n,hr=class{constructor(e){this.start=e.start,this.shift=e.
shift||Vi,this.reduce=e.reduce||Vi,this.reuse=e.reuse||Vi,this.hash=e.hash||(()=>0),this.strict=e.strict!==!1}},pr=class n extends dr{constructor(e){if(super(),
this.wrappers=[],e.version!=14)throw new RangeError(`Parser version (${e.version}) doesn't match runtime version (14)`);let t=e.nodeNames.split(" ");this.minRepeatTerm=
t.length;for(let l=0;l<e.repeatNodeCount;l++)t.push("");let r=Object.keys(e.topRules).map(l=>e.topRules[l][1]),i=[];for(let l=0;l<t.length;l++)i.push([]);function o(l,u,f){
i[l].push([u,u.deserialize(String(f))])}if(e.nodeProps)for(let l of e.nodeProps){let u=l[0];typeof u=="string"&&(u=H[u]);for(let f=1;f<l.length;){let d=l[f++];if(d>=
0)o(d,u,l[f++]);else{let O=l[f+-d];for(let p=-d;p>0;p--)o(l[f++],u,O);f++}}}this.nodeSet=new ur(t.map((l,u)=>We.define({name:u>=this.minRepeatTerm?void 0:l,id:u,
props:i[u],top:r.indexOf(u)>-1,error:u==0,skipped:e.skippedNodes&&e.skippedNodes.indexOf(u)>-1}))),e.propSources&&(this.nodeSet=this.nodeSet.extend(...e.propSources)),
this.strict=!1,this.bufferLength=1024;let s=_n(e.tokenData);this.context=e.context,this.specializerSpecs=e.specialized||[],this.specialized=new Uint16Array(this.
specializerSpecs.length);for(let l=0;l<this.specializerSpecs.length;l++)this.specialized[l]=this.specializerSpecs[l].term;this.specializers=this.specializerSpecs.
map(xa),this.states=_n(e.states,Uint32Array),this.data=_n(e.stateData),this.goto=_n(e.goto),this.maxTerm=e.maxTerm,this.tokenizers=e.tokenizers.map(l=>typeof l==
"number"?new _t(s,l):l),this.topRules=e.topRules,this.dialects=e.dialects||{},this.dynamicPrecedences=e.dynamicPrecedences||null,this.tokenPrecTable=e.tokenPrec,
this.termNames=e.termNames||null,this.maxNode=this.nodeSet.types.length-1,this.dialect=this.parseDialect(),this.top=this.topRules[Object.keys(this.topRules)[0]]}createParse(e,t,r){
let i=new Hi(this,e,t,r);for(let o of this.wrappers)i=o(i,e,t,r);return i}getGoto(e,t,r=!1){let i=this.goto;if(t>=i[0])return-1;for(let o=i[t+1];;){let s=i[o++],
l=s&1,u=i[o++];if(l&&r)return u;for(let f=o+(s>>1);o<f;o++)if(i[o]==e)return u;if(l)return-1}}hasAction(e,t){let r=this.data;for(let i=0;i<2;i++)for(let o=this.
stateSlot(e,i?2:1),s;;o+=3){if((s=r[o])==65535)if(r[o+1]==1)s=r[o=st(r,o+2)];else{if(r[o+1]==2)return st(r,o+2);break}if(s==t||s==0)return st(r,o+1)}return 0}stateSlot(e,t){
return this.states[e*6+t]}stateFlag(e,t){return(this.stateSlot(e,0)&t)>0}validAction(e,t){return!!this.allActions(e,r=>r==t?!0:null)}allActions(e,t){let r=this.
stateSlot(e,4),i=r?t(r):void 0;for(let o=this.stateSlot(e,1);i==null;o+=3){if(this.data[o]==65535)if(this.data[o+1]==1)o=st(this.data,o+2);else break;i=t(st(this.
data,o+1))}return i}nextStates(e){let t=[];for(let r=this.stateSlot(e,1);;r+=3){if(this.data[r]==65535)if(this.data[r+1]==1)r=st(this.data,r+2);else break;if((this.
data[r+2]&1)==0){let i=this.data[r+1];t.some((o,s)=>s&1&&o==i)||t.push(this.data[r],i)}}return t}configure(e){let t=Object.assign(Object.create(n.prototype),this);
if(e.props&&(t.nodeSet=this.nodeSet.extend(...e.props)),e.top){let r=this.topRules[e.top];if(!r)throw new RangeError(`Invalid top rule name ${e.top}`);t.top=r}return e.
tokenizers&&(t.tokenizers=this.tokenizers.map(r=>{let i=e.tokenizers.find(o=>o.from==r);return i?i.to:r})),e.specializers&&(t.specializers=this.specializers.slice(),
t.specializerSpecs=this.specializerSpecs.map((r,i)=>{let o=e.specializers.find(l=>l.from==r.external);if(!o)return r;let s=Object.assign(Object.assign({},r),{external:o.
to});return t.specializers[i]=xa(s),s})),e.contextTracker&&(t.context=e.contextTracker),e.dialect&&(t.dialect=this.parseDialect(e.dialect)),e.strict!=null&&(t.strict=
e.strict),e.wrap&&(t.wrappers=t.wrappers.concat(e.wrap)),e.bufferLength!=null&&(t.bufferLength=e.bufferLength),t}hasWrappers(){return this.wrappers.length>0}getName(e){
return this.termNames?this.termNames[e]:String(e<=this.maxNode&&this.nodeSet.types[e].name||e)}get eofTerm(){return this.maxNode+1}get topNode(){return this.nodeSet.
types[this.top[1]]}dynamicPrecedence(e){let t=this.dynamicPrecedences;return t==null?0:t[e]||0}parseDialect(e){let t=Object.keys(this.dialects),r=t.map(()=>!1);
if(e)for(let o of e.split(" ")){let s=t.indexOf(o);s>=0&&(r[s]=!0)}let i=null;for(let o=0;o<t.length;o++)if(!r[o])for(let s=this.dialects[t[o]],l;(l=this.data[s++])!=
65535;)(i||(i=new Uint8Array(this.maxTerm+1)))[l]=1;return new Zi(e,r,i)}static deserialize(e){return new n(e)}};function st(n,e){return n[e]|n[e+1]<<16}function yd(n){
let e=null;for(let t of n){let r=t.p.stoppedAt;(t.pos==t.p.stream.end||r!=null&&t.pos>r)&&t.p.parser.stateFlag(t.state,2)&&(!e||e.score<t.score)&&(e=t)}return e}
function xa(n){if(n.external){let e=n.extend?1:0;return(t,r)=>n.external(t,r)<<1|e}return n.get}var _d=0,je=class n{constructor(e,t,r,i){this.name=e,this.set=t,this.base=r,this.modified=i,this.id=_d++}toString(){let{name:e}=this;for(let t of this.modified)
t.name&&(e=`${t.name}(${e})`);return e}static define(e,t){let r=typeof e=="string"?e:"?";if(e instanceof n&&(t=e),t?.base)throw new Error("Can not derive from a\
 modified tag");let i=new n(r,[],null,[]);if(i.set.push(i),t)for(let o of t.set)i.set.push(o);return i}static defineModifier(e){let t=new br(e);return r=>r.modified.
indexOf(t)>-1?r:br.get(r.base||r,r.modified.concat(t).sort((i,o)=>i.id-o.id))}},Td=0,br=class n{constructor(e){this.name=e,this.instances=[],this.id=Td++}static get(e,t){
if(!t.length)return e;let r=t[0].instances.find(l=>l.base==e&&wd(t,l.modified));if(r)return r;let i=[],o=new je(e.name,i,e,t);for(let l of t)l.instances.push(o);
let s=Sd(t);for(let l of e.set)if(!l.modified.length)for(let u of s)i.push(n.get(l,u));return o}};function wd(n,e){return n.length==e.length&&n.every((t,r)=>t==
e[r])}function Sd(n){let e=[[]];for(let t=0;t<n.length;t++)for(let r=0,i=e.length;r<i;r++)e.push(e[r].concat(n[t]));return e.sort((t,r)=>r.length-t.length)}function Ra(n){
let e=Object.create(null);for(let t in n){let r=n[t];Array.isArray(r)||(r=[r]);for(let i of t.split(" "))if(i){let o=[],s=2,l=i;for(let O=0;;){if(l=="..."&&O>0&&
O+3==i.length){s=1;break}let p=/^"(?:[^"\\]|\\.)*?"|[^\/!]+/.exec(l);if(!p)throw new RangeError("Invalid path: "+i);if(o.push(p[0]=="*"?"":p[0][0]=='"'?JSON.parse(
p[0]):p[0]),O+=p[0].length,O==i.length)break;let h=i[O++];if(O==i.length&&h=="!"){s=0;break}if(h!="/")throw new RangeError("Invalid path: "+i);l=i.slice(O)}let u=o.
length-1,f=o[u];if(!f)throw new RangeError("Invalid path: "+i);let d=new Mt(r,s,u>0?o.slice(0,u):null);e[f]=d.sort(e[f])}}return Ea.add(e)}var Ea=new H({combine(n,e){
let t,r,i;for(;n||e;){if(!n||e&&n.depth<=e.depth?(i=e,e=e.next):(i=n,n=n.next),t&&t.mode==i.mode&&!i.context&&!t.context)continue;let o=new Mt(i.tags,i.mode,i.context);
t?t.next=o:r=o,t=o}return r}}),Mt=class{constructor(e,t,r,i){this.tags=e,this.mode=t,this.context=r,this.next=i}get opaque(){return this.mode==0}get inherit(){return this.
mode==1}sort(e){return!e||e.depth<this.depth?(this.next=e,this):(e.next=this.sort(e.next),e)}get depth(){return this.context?this.context.length:0}};Mt.empty=new Mt(
[],2,null);function Ki(n,e){let t=Object.create(null);for(let o of n)if(!Array.isArray(o.tag))t[o.tag.id]=o.class;else for(let s of o.tag)t[s.id]=o.class;let{scope:r,
all:i=null}=e||{};return{style:o=>{let s=i;for(let l of o)for(let u of l.set){let f=t[u.id];if(f){s=s?s+" "+f:f;break}}return s},scope:r}}function vd(n,e){let t=null;
for(let r of n){let i=r.style(e);i&&(t=t?t+" "+i:i)}return t}function xd(n,e,t,r=0,i=n.length){let o=new Bi(r,Array.isArray(e)?e:[e],t);o.highlightRange(n.cursor(),
r,i,"",o.highlighters),o.flush(i)}function Aa(n,e,t,r,i,o=0,s=n.length){let l=o;function u(f,d){if(!(f<=l)){for(let O=n.slice(l,f),p=0;;){let h=O.indexOf(`
`,p),g=h<0?O.length:h;if(g>p&&r(O.slice(p,g),d),h<0)break;i(),p=h+1}l=f}}xd(e,t,(f,d,O)=>{u(f,""),u(d,O)},o,s),u(s,"")}var Bi=class{constructor(e,t,r){this.at=e,
this.highlighters=t,this.span=r,this.class=""}startSpan(e,t){t!=this.class&&(this.flush(e),e>this.at&&(this.at=e),this.class=t)}flush(e){e>this.at&&this.class&&
this.span(this.at,e,this.class)}highlightRange(e,t,r,i,o){let{type:s,from:l,to:u}=e;if(l>=r||u<=t)return;s.isTop&&(o=this.highlighters.filter(h=>!h.scope||h.scope(
s)));let f=i,d=kd(e)||Mt.empty,O=vd(o,d.tags);if(O&&(f&&(f+=" "),f+=O,d.mode==1&&(i+=(i?" ":"")+O)),this.startSpan(Math.max(t,l),f),d.opaque)return;let p=e.tree&&
e.tree.prop(H.mounted);if(p&&p.overlay){let h=e.node.enter(p.overlay[0].from+l,1),g=this.highlighters.filter(b=>!b.scope||b.scope(p.tree.type)),y=e.firstChild();
for(let b=0,x=l;;b++){let P=b<p.overlay.length?p.overlay[b]:null,N=P?P.from+l:u,W=Math.max(t,x),M=Math.min(r,N);if(W<M&&y)for(;e.from<M&&(this.highlightRange(e,
W,M,i,o),this.startSpan(Math.min(M,e.to),f),!(e.to>=N||!e.nextSibling())););if(!P||N>r)break;x=P.to+l,x>t&&(this.highlightRange(h.cursor(),Math.max(t,P.from+l),
Math.min(r,x),"",g),this.startSpan(Math.min(r,x),f))}y&&e.parent()}else if(e.firstChild()){p&&(i="");do if(!(e.to<=t)){if(e.from>=r)break;this.highlightRange(e,
t,r,i,o),this.startSpan(Math.min(r,e.to),f)}while(e.nextSibling());e.parent()}}};function kd(n){let e=n.type.prop(Ea);for(;e&&e.context&&!n.matchContext(e.context);)
e=e.next;return e||null}var Q=je.define,Or=Q(),Tt=Q(),Qa=Q(Tt),Pa=Q(Tt),wt=Q(),mr=Q(wt),Yi=Q(wt),tt=Q(),Wt=Q(tt),Ke=Q(),et=Q(),Ji=Q(),Tn=Q(Ji),gr=Q(),S={comment:Or,
lineComment:Q(Or),blockComment:Q(Or),docComment:Q(Or),name:Tt,variableName:Q(Tt),typeName:Qa,tagName:Q(Qa),propertyName:Pa,attributeName:Q(Pa),className:Q(Tt),labelName:Q(
Tt),namespace:Q(Tt),macroName:Q(Tt),literal:wt,string:mr,docString:Q(mr),character:Q(mr),attributeValue:Q(mr),number:Yi,integer:Q(Yi),float:Q(Yi),bool:Q(wt),regexp:Q(
wt),escape:Q(wt),color:Q(wt),url:Q(wt),keyword:Ke,self:Q(Ke),null:Q(Ke),atom:Q(Ke),unit:Q(Ke),modifier:Q(Ke),operatorKeyword:Q(Ke),controlKeyword:Q(Ke),definitionKeyword:Q(
Ke),moduleKeyword:Q(Ke),operator:et,derefOperator:Q(et),arithmeticOperator:Q(et),logicOperator:Q(et),bitwiseOperator:Q(et),compareOperator:Q(et),updateOperator:Q(
et),definitionOperator:Q(et),typeOperator:Q(et),controlOperator:Q(et),punctuation:Ji,separator:Q(Ji),bracket:Tn,angleBracket:Q(Tn),squareBracket:Q(Tn),paren:Q(Tn),
brace:Q(Tn),content:tt,heading:Wt,heading1:Q(Wt),heading2:Q(Wt),heading3:Q(Wt),heading4:Q(Wt),heading5:Q(Wt),heading6:Q(Wt),contentSeparator:Q(tt),list:Q(tt),quote:Q(
tt),emphasis:Q(tt),strong:Q(tt),link:Q(tt),monospace:Q(tt),strikethrough:Q(tt),inserted:Q(),deleted:Q(),changed:Q(),invalid:Q(),meta:gr,documentMeta:Q(gr),annotation:Q(
gr),processingInstruction:Q(gr),definition:je.defineModifier("definition"),constant:je.defineModifier("constant"),function:je.defineModifier("function"),standard:je.
defineModifier("standard"),local:je.defineModifier("local"),special:je.defineModifier("special")};for(let n in S){let e=S[n];e instanceof je&&(e.name=n)}var pg=Ki(
[{tag:S.link,class:"tok-link"},{tag:S.heading,class:"tok-heading"},{tag:S.emphasis,class:"tok-emphasis"},{tag:S.strong,class:"tok-strong"},{tag:S.keyword,class:"\
tok-keyword"},{tag:S.atom,class:"tok-atom"},{tag:S.bool,class:"tok-bool"},{tag:S.url,class:"tok-url"},{tag:S.labelName,class:"tok-labelName"},{tag:S.inserted,class:"\
tok-inserted"},{tag:S.deleted,class:"tok-deleted"},{tag:S.literal,class:"tok-literal"},{tag:S.string,class:"tok-string"},{tag:S.number,class:"tok-number"},{tag:[
S.regexp,S.escape,S.special(S.string)],class:"tok-string2"},{tag:S.variableName,class:"tok-variableName"},{tag:S.local(S.variableName),class:"tok-variableName t\
ok-local"},{tag:S.definition(S.variableName),class:"tok-variableName tok-definition"},{tag:S.special(S.variableName),class:"tok-variableName2"},{tag:S.definition(
S.propertyName),class:"tok-propertyName tok-definition"},{tag:S.typeName,class:"tok-typeName"},{tag:S.namespace,class:"tok-namespace"},{tag:S.className,class:"t\
ok-className"},{tag:S.macroName,class:"tok-macroName"},{tag:S.propertyName,class:"tok-propertyName"},{tag:S.operator,class:"tok-operator"},{tag:S.comment,class:"\
tok-comment"},{tag:S.meta,class:"tok-meta"},{tag:S.invalid,class:"tok-invalid"},{tag:S.punctuation,class:"tok-punctuation"}]);var Qd=1,La=194,Wa=195,Pd=196,$a=197,Rd=198,Ed=199,Ad=200,$d=2,Ma=3,Na=201,Nd=24,qd=25,Cd=49,zd=50,Ld=55,Wd=56,Md=57,Vd=59,Dd=60,Id=61,Ud=62,Xd=63,jd=65,Gd=238,
Fd=71,Hd=241,Zd=242,Yd=243,Bd=244,Jd=245,Kd=246,ef=247,tf=248,Va=72,nf=249,rf=250,of=251,sf=252,af=253,lf=254,uf=255,cf=256,df=73,ff=77,hf=263,pf=112,Of=130,mf=151,
gf=152,bf=155,Vt=10,wn=13,ro=32,Tr=9,io=35,yf=40,_f=46,no=123,qa=125,Da=39,Ia=34,Ca=92,Tf=111,wf=120,Sf=78,vf=117,xf=85,kf=new Set([qd,Cd,zd,hf,jd,Of,Wd,Md,Gd,Ud,
Xd,Va,df,ff,Dd,Id,mf,gf,bf,pf]);function eo(n){return n==Vt||n==wn}function to(n){return n>=48&&n<=57||n>=65&&n<=70||n>=97&&n<=102}var Qf=new Lt((n,e)=>{let t;if(n.
next<0)n.acceptToken(Ed);else if(e.context.flags&yr)eo(n.next)&&n.acceptToken(Rd,1);else if(((t=n.peek(-1))<0||eo(t))&&e.canShift($a)){let r=0;for(;n.next==ro||
n.next==Tr;)n.advance(),r++;(n.next==Vt||n.next==wn||n.next==io)&&n.acceptToken($a,-r)}else eo(n.next)&&n.acceptToken(Pd,1)},{contextual:!0}),Pf=new Lt((n,e)=>{
let t=e.context;if(t.flags)return;let r=n.peek(-1);if(r==Vt||r==wn){let i=0,o=0;for(;;){if(n.next==ro)i++;else if(n.next==Tr)i+=8-i%8;else break;n.advance(),o++}
i!=t.indent&&n.next!=Vt&&n.next!=wn&&n.next!=io&&(i<t.indent?n.acceptToken(Wa,-o):n.acceptToken(La))}}),yr=1,Ua=2,at=4,lt=8,ut=16,ct=32;function _r(n,e,t){this.
parent=n,this.indent=e,this.flags=t,this.hash=(n?n.hash+n.hash<<8:0)+e+(e<<4)+t+(t<<6)}var Rf=new _r(null,0,0);function Ef(n){let e=0;for(let t=0;t<n.length;t++)
e+=n.charCodeAt(t)==Tr?8-e%8:1;return e}var za=new Map([[Hd,0],[Zd,at],[Yd,lt],[Bd,lt|at],[Jd,ut],[Kd,ut|at],[ef,ut|lt],[tf,ut|lt|at],[nf,ct],[rf,ct|at],[of,ct|
lt],[sf,ct|lt|at],[af,ct|ut],[lf,ct|ut|at],[uf,ct|ut|lt],[cf,ct|ut|lt|at]].map(([n,e])=>[n,e|Ua])),Af=new hr({start:Rf,reduce(n,e,t,r){return n.flags&yr&&kf.has(
e)||(e==Fd||e==Va)&&n.flags&Ua?n.parent:n},shift(n,e,t,r){return e==La?new _r(n,Ef(r.read(r.pos,t.pos)),0):e==Wa?n.parent:e==Nd||e==Ld||e==Vd||e==Ma?new _r(n,0,
yr):za.has(e)?new _r(n,0,za.get(e)|n.flags&yr):n},hash(n){return n.hash}}),$f=new Lt(n=>{for(let e=0;e<5;e++){if(n.next!="print".charCodeAt(e))return;n.advance()}
if(!/\w/.test(String.fromCharCode(n.next)))for(let e=0;;e++){let t=n.peek(e);if(!(t==ro||t==Tr)){t!=yf&&t!=_f&&t!=Vt&&t!=wn&&t!=io&&n.acceptToken(Qd);return}}}),
Nf=new Lt((n,e)=>{let{flags:t}=e.context,r=t&at?Ia:Da,i=(t&lt)>0,o=!(t&ut),s=(t&ct)>0,l=n.pos;for(;!(n.next<0);)if(s&&n.next==no)if(n.peek(1)==no)n.advance(2);else{
if(n.pos==l){n.acceptToken(Ma,1);return}break}else if(o&&n.next==Ca){if(n.pos==l){n.advance();let u=n.next;u>=0&&(n.advance(),qf(n,u)),n.acceptToken($d);return}
break}else if(n.next==Ca&&!o&&n.peek(1)>-1)n.advance(2);else if(n.next==r&&(!i||n.peek(1)==r&&n.peek(2)==r)){if(n.pos==l){n.acceptToken(Na,i?3:1);return}break}else if(n.
next==Vt){if(i)n.advance();else if(n.pos==l){n.acceptToken(Na);return}break}else n.advance();n.pos>l&&n.acceptToken(Ad)});function qf(n,e){if(e==Tf)for(let t=0;t<
2&&n.next>=48&&n.next<=55;t++)n.advance();else if(e==wf)for(let t=0;t<2&&to(n.next);t++)n.advance();else if(e==vf)for(let t=0;t<4&&to(n.next);t++)n.advance();else if(e==
xf)for(let t=0;t<8&&to(n.next);t++)n.advance();else if(e==Sf&&n.next==no){for(n.advance();n.next>=0&&n.next!=qa&&n.next!=Da&&n.next!=Ia&&n.next!=Vt;)n.advance();
n.next==qa&&n.advance()}}var Cf=Ra({'async "*" "**" FormatConversion FormatSpec':S.modifier,"for while if elif else try except finally return raise break contin\
ue with pass assert await yield match case":S.controlKeyword,"in not and or is del":S.operatorKeyword,"from def class global nonlocal lambda":S.definitionKeyword,
import:S.moduleKeyword,"with as print":S.keyword,Boolean:S.bool,None:S.null,VariableName:S.variableName,"CallExpression/VariableName":S.function(S.variableName),
"FunctionDefinition/VariableName":S.function(S.definition(S.variableName)),"ClassDefinition/VariableName":S.definition(S.className),PropertyName:S.propertyName,
"CallExpression/MemberExpression/PropertyName":S.function(S.propertyName),Comment:S.lineComment,Number:S.number,String:S.string,FormatString:S.special(S.string),
Escape:S.escape,UpdateOp:S.updateOperator,"ArithOp!":S.arithmeticOperator,BitOp:S.bitwiseOperator,CompareOp:S.compareOperator,AssignOp:S.definitionOperator,Ellipsis:S.
punctuation,At:S.meta,"( )":S.paren,"[ ]":S.squareBracket,"{ }":S.brace,".":S.derefOperator,", ;":S.separator}),zf={__proto__:null,await:44,or:54,and:56,in:60,not:62,
is:64,if:70,else:72,lambda:76,yield:94,from:96,async:102,for:104,None:162,True:164,False:164,del:178,pass:182,break:186,continue:190,return:194,raise:202,import:206,
as:208,global:212,nonlocal:214,assert:218,type:223,elif:236,while:240,try:246,except:248,finally:250,with:254,def:258,class:268,match:279,case:285},Xa=pr.deserialize(
{version:14,states:"##jQ`QeOOP$}OSOOO&WQtO'#HUOOQS'#Co'#CoOOQS'#Cp'#CpO'vQdO'#CnO*UQtO'#HTOOQS'#HU'#HUOOQS'#DU'#DUOOQS'#HT'#HTO*rQdO'#D_O+VQdO'#DfO+gQdO'#DjO+zO\
WO'#DuO,VOWO'#DvO.[QtO'#GuOOQS'#Gu'#GuO'vQdO'#GtO0ZQtO'#GtOOQS'#Eb'#EbO0rQdO'#EcOOQS'#Gs'#GsO0|QdO'#GrOOQV'#Gr'#GrO1XQdO'#FYOOQS'#G^'#G^O1^QdO'#FXOOQV'#IS'#ISOO\
QV'#Gq'#GqOOQV'#Fq'#FqQ`QeOOO'vQdO'#CqO1lQdO'#C}O1sQdO'#DRO2RQdO'#HYO2cQtO'#EVO'vQdO'#EWOOQS'#EY'#EYOOQS'#E['#E[OOQS'#E^'#E^O2wQdO'#E`O3_QdO'#EdO3rQdO'#EfO3zQtO\
'#EfO1XQdO'#EiO0rQdO'#ElO1XQdO'#EnO0rQdO'#EtO0rQdO'#EwO4VQdO'#EyO4^QdO'#FOO4iQdO'#EzO0rQdO'#FOO1XQdO'#FQO1XQdO'#FVO4nQdO'#F[P4uOdO'#GpPOOO)CBd)CBdOOQS'#Ce'#CeOO\
QS'#Cf'#CfOOQS'#Cg'#CgOOQS'#Ch'#ChOOQS'#Ci'#CiOOQS'#Cj'#CjOOQS'#Cl'#ClO'vQdO,59OO'vQdO,59OO'vQdO,59OO'vQdO,59OO'vQdO,59OO'vQdO,59OO5TQdO'#DoOOQS,5:Y,5:YO5hQdO'#\
HdOOQS,5:],5:]O5uQ!fO,5:]O5zQtO,59YO1lQdO,59bO1lQdO,59bO1lQdO,59bO8jQdO,59bO8oQdO,59bO8vQdO,59jO8}QdO'#HTO:TQdO'#HSOOQS'#HS'#HSOOQS'#D['#D[O:lQdO,59aO'vQdO,59aO\
:zQdO,59aOOQS,59y,59yO;PQdO,5:RO'vQdO,5:ROOQS,5:Q,5:QO;_QdO,5:QO;dQdO,5:XO'vQdO,5:XO'vQdO,5:VOOQS,5:U,5:UO;uQdO,5:UO;zQdO,5:WOOOW'#Fy'#FyO<POWO,5:aOOQS,5:a,5:aO\
<[QdO'#HwOOOW'#Dw'#DwOOOW'#Fz'#FzO<lOWO,5:bOOQS,5:b,5:bOOQS'#F}'#F}O<zQtO,5:iO?lQtO,5=`O@VQ#xO,5=`O@vQtO,5=`OOQS,5:},5:}OA_QeO'#GWOBqQdO,5;^OOQV,5=^,5=^OB|QtO'#\
IPOCkQdO,5;tOOQS-E:[-E:[OOQV,5;s,5;sO4dQdO'#FQOOQV-E9o-E9oOCsQtO,59]OEzQtO,59iOFeQdO'#HVOFpQdO'#HVO1XQdO'#HVOF{QdO'#DTOGTQdO,59mOGYQdO'#HZO'vQdO'#HZO0rQdO,5=tOO\
QS,5=t,5=tO0rQdO'#EROOQS'#ES'#ESOGwQdO'#GPOHXQdO,58|OHXQdO,58|O*xQdO,5:oOHgQtO'#H]OOQS,5:r,5:rOOQS,5:z,5:zOHzQdO,5;OOI]QdO'#IOO1XQdO'#H}OOQS,5;Q,5;QOOQS'#GT'#GT\
OIqQtO,5;QOJPQdO,5;QOJUQdO'#IQOOQS,5;T,5;TOJdQdO'#H|OOQS,5;W,5;WOJuQdO,5;YO4iQdO,5;`O4iQdO,5;cOJ}QtO'#ITO'vQdO'#ITOKXQdO,5;eO4VQdO,5;eO0rQdO,5;jO1XQdO,5;lOK^QeO\
'#EuOLjQgO,5;fO!!kQdO'#IUO4iQdO,5;jO!!vQdO,5;lO!#OQdO,5;qO!#ZQtO,5;vO'vQdO,5;vPOOO,5=[,5=[P!#bOSO,5=[P!#jOdO,5=[O!&bQtO1G.jO!&iQtO1G.jO!)YQtO1G.jO!)dQtO1G.jO!+}\
QtO1G.jO!,bQtO1G.jO!,uQdO'#HcO!-TQtO'#GuO0rQdO'#HcO!-_QdO'#HbOOQS,5:Z,5:ZO!-gQdO,5:ZO!-lQdO'#HeO!-wQdO'#HeO!.[QdO,5>OOOQS'#Ds'#DsOOQS1G/w1G/wOOQS1G.|1G.|O!/[QtO\
1G.|O!/cQtO1G.|O1lQdO1G.|O!0OQdO1G/UOOQS'#DZ'#DZO0rQdO,59tOOQS1G.{1G.{O!0VQdO1G/eO!0gQdO1G/eO!0oQdO1G/fO'vQdO'#H[O!0tQdO'#H[O!0yQtO1G.{O!1ZQdO,59iO!2aQdO,5=zO!2\
qQdO,5=zO!2yQdO1G/mO!3OQtO1G/mOOQS1G/l1G/lO!3`QdO,5=uO!4VQdO,5=uO0rQdO1G/qO!4tQdO1G/sO!4yQtO1G/sO!5ZQtO1G/qOOQS1G/p1G/pOOQS1G/r1G/rOOOW-E9w-E9wOOQS1G/{1G/{O!5kQ\
dO'#HxO0rQdO'#HxO!5|QdO,5>cOOOW-E9x-E9xOOQS1G/|1G/|OOQS-E9{-E9{O!6[Q#xO1G2zO!6{QtO1G2zO'vQdO,5<jOOQS,5<j,5<jOOQS-E9|-E9|OOQS,5<r,5<rOOQS-E:U-E:UOOQV1G0x1G0xO1XQ\
dO'#GRO!7dQtO,5>kOOQS1G1`1G1`O!8RQdO1G1`OOQS'#DV'#DVO0rQdO,5=qOOQS,5=q,5=qO!8WQdO'#FrO!8cQdO,59oO!8kQdO1G/XO!8uQtO,5=uOOQS1G3`1G3`OOQS,5:m,5:mO!9fQdO'#GtOOQS,5<\
k,5<kOOQS-E9}-E9}O!9wQdO1G.hOOQS1G0Z1G0ZO!:VQdO,5=wO!:gQdO,5=wO0rQdO1G0jO0rQdO1G0jO!:xQdO,5>jO!;ZQdO,5>jO1XQdO,5>jO!;lQdO,5>iOOQS-E:R-E:RO!;qQdO1G0lO!;|QdO1G0lO\
!<RQdO,5>lO!<aQdO,5>lO!<oQdO,5>hO!=VQdO,5>hO!=hQdO'#EpO0rQdO1G0tO!=sQdO1G0tO!=xQgO1G0zO!AvQgO1G0}O!EqQdO,5>oO!E{QdO,5>oO!FTQtO,5>oO0rQdO1G1PO!F_QdO1G1PO4iQdO1G1\
UO!!vQdO1G1WOOQV,5;a,5;aO!FdQfO,5;aO!FiQgO1G1QO!JjQdO'#GZO4iQdO1G1QO4iQdO1G1QO!JzQdO,5>pO!KXQdO,5>pO1XQdO,5>pOOQV1G1U1G1UO!KaQdO'#FSO!KrQ!fO1G1WO!KzQdO1G1WOOQV1\
G1]1G1]O4iQdO1G1]O!LPQdO1G1]O!LXQdO'#F^OOQV1G1b1G1bO!#ZQtO1G1bPOOO1G2v1G2vP!L^OSO1G2vOOQS,5=},5=}OOQS'#Dp'#DpO0rQdO,5=}O!LfQdO,5=|O!LyQdO,5=|OOQS1G/u1G/uO!MRQdO\
,5>PO!McQdO,5>PO!MkQdO,5>PO!NOQdO,5>PO!N`QdO,5>POOQS1G3j1G3jOOQS7+$h7+$hO!8kQdO7+$pO#!RQdO1G.|O#!YQdO1G.|OOQS1G/`1G/`OOQS,5<`,5<`O'vQdO,5<`OOQS7+%P7+%PO#!aQdO7+\
%POOQS-E9r-E9rOOQS7+%Q7+%QO#!qQdO,5=vO'vQdO,5=vOOQS7+$g7+$gO#!vQdO7+%PO##OQdO7+%QO##TQdO1G3fOOQS7+%X7+%XO##eQdO1G3fO##mQdO7+%XOOQS,5<_,5<_O'vQdO,5<_O##rQdO1G3aO\
OQS-E9q-E9qO#$iQdO7+%]OOQS7+%_7+%_O#$wQdO1G3aO#%fQdO7+%_O#%kQdO1G3gO#%{QdO1G3gO#&TQdO7+%]O#&YQdO,5>dO#&sQdO,5>dO#&sQdO,5>dOOQS'#Dx'#DxO#'UO&jO'#DzO#'aO`O'#HyOOO\
W1G3}1G3}O#'fQdO1G3}O#'nQdO1G3}O#'yQ#xO7+(fO#(jQtO1G2UP#)TQdO'#GOOOQS,5<m,5<mOOQS-E:P-E:POOQS7+&z7+&zOOQS1G3]1G3]OOQS,5<^,5<^OOQS-E9p-E9pOOQS7+$s7+$sO#)bQdO,5=`\
O#){QdO,5=`O#*^QtO,5<aO#*qQdO1G3cOOQS-E9s-E9sOOQS7+&U7+&UO#+RQdO7+&UO#+aQdO,5<nO#+uQdO1G4UOOQS-E:Q-E:QO#,WQdO1G4UOOQS1G4T1G4TOOQS7+&W7+&WO#,iQdO7+&WOOQS,5<p,5<p\
O#,tQdO1G4WOOQS-E:S-E:SOOQS,5<l,5<lO#-SQdO1G4SOOQS-E:O-E:OO1XQdO'#EqO#-jQdO'#EqO#-uQdO'#IRO#-}QdO,5;[OOQS7+&`7+&`O0rQdO7+&`O#.SQgO7+&fO!JmQdO'#GXO4iQdO7+&fO4iQd\
O7+&iO#2QQtO,5<tO'vQdO,5<tO#2[QdO1G4ZOOQS-E:W-E:WO#2fQdO1G4ZO4iQdO7+&kO0rQdO7+&kOOQV7+&p7+&pO!KrQ!fO7+&rO!KzQdO7+&rO`QeO1G0{OOQV-E:X-E:XO4iQdO7+&lO4iQdO7+&lOOQV\
,5<u,5<uO#2nQdO,5<uO!JmQdO,5<uOOQV7+&l7+&lO#2yQgO7+&lO#6tQdO,5<vO#7PQdO1G4[OOQS-E:Y-E:YO#7^QdO1G4[O#7fQdO'#IWO#7tQdO'#IWO1XQdO'#IWOOQS'#IW'#IWO#8PQdO'#IVOOQS,5;\
n,5;nO#8XQdO,5;nO0rQdO'#FUOOQV7+&r7+&rO4iQdO7+&rOOQV7+&w7+&wO4iQdO7+&wO#8^QfO,5;xOOQV7+&|7+&|POOO7+(b7+(bO#8cQdO1G3iOOQS,5<c,5<cO#8qQdO1G3hOOQS-E9u-E9uO#9UQdO,5\
<dO#9aQdO,5<dO#9tQdO1G3kOOQS-E9v-E9vO#:UQdO1G3kO#:^QdO1G3kO#:nQdO1G3kO#:UQdO1G3kOOQS<<H[<<H[O#:yQtO1G1zOOQS<<Hk<<HkP#;WQdO'#FtO8vQdO1G3bO#;eQdO1G3bO#;jQdO<<HkOO\
QS<<Hl<<HlO#;zQdO7+)QOOQS<<Hs<<HsO#<[QtO1G1yP#<{QdO'#FsO#=YQdO7+)RO#=jQdO7+)RO#=rQdO<<HwO#=wQdO7+({OOQS<<Hy<<HyO#>nQdO,5<bO'vQdO,5<bOOQS-E9t-E9tOOQS<<Hw<<HwOOQS\
,5<g,5<gO0rQdO,5<gO#>sQdO1G4OOOQS-E9y-E9yO#?^QdO1G4OO<[QdO'#H{OOOO'#D{'#D{OOOO'#F|'#F|O#?oO&jO,5:fOOOW,5>e,5>eOOOW7+)i7+)iO#?zQdO7+)iO#@SQdO1G2zO#@mQdO1G2zP'vQd\
O'#FuO0rQdO<<IpO1XQdO1G2YP1XQdO'#GSO#AOQdO7+)pO#AaQdO7+)pOOQS<<Ir<<IrP1XQdO'#GUP0rQdO'#GQOOQS,5;],5;]O#ArQdO,5>mO#BQQdO,5>mOOQS1G0v1G0vOOQS<<Iz<<IzOOQV-E:V-E:VO\
4iQdO<<JQOOQV,5<s,5<sO4iQdO,5<sOOQV<<JQ<<JQOOQV<<JT<<JTO#BYQtO1G2`P#BdQdO'#GYO#BkQdO7+)uO#BuQgO<<JVO4iQdO<<JVOOQV<<J^<<J^O4iQdO<<J^O!KrQ!fO<<J^O#FpQgO7+&gOOQV<<\
JW<<JWO#FzQgO<<JWOOQV1G2a1G2aO1XQdO1G2aO#JuQdO1G2aO4iQdO<<JWO1XQdO1G2bP0rQdO'#G[O#KQQdO7+)vO#K_QdO7+)vOOQS'#FT'#FTO0rQdO,5>rO#KgQdO,5>rO#KrQdO,5>rO#K}QdO,5>qO#L\
`QdO,5>qOOQS1G1Y1G1YOOQS,5;p,5;pOOQV<<Jc<<JcO#LhQdO1G1dOOQS7+)T7+)TP#LmQdO'#FwO#L}QdO1G2OO#MbQdO1G2OO#MrQdO1G2OP#M}QdO'#FxO#N[QdO7+)VO#NlQdO7+)VO#NlQdO7+)VO#NtQ\
dO7+)VO$ UQdO7+(|O8vQdO7+(|OOQSAN>VAN>VO$ oQdO<<LmOOQSAN>cAN>cO0rQdO1G1|O$!PQtO1G1|P$!ZQdO'#FvOOQS1G2R1G2RP$!hQdO'#F{O$!uQdO7+)jO$#`QdO,5>gOOOO-E9z-E9zOOOW<<MT<\
<MTO$#nQdO7+(fOOQSAN?[AN?[OOQS7+'t7+'tO$$XQdO<<M[OOQS,5<q,5<qO$$jQdO1G4XOOQS-E:T-E:TOOQVAN?lAN?lOOQV1G2_1G2_O4iQdOAN?qO$$xQgOAN?qOOQVAN?xAN?xO4iQdOAN?xOOQV<<JR<\
<JRO4iQdOAN?rO4iQdO7+'{OOQV7+'{7+'{O1XQdO7+'{OOQVAN?rAN?rOOQS7+'|7+'|O$(sQdO<<MbOOQS1G4^1G4^O0rQdO1G4^OOQS,5<w,5<wO$)QQdO1G4]OOQS-E:Z-E:ZOOQU'#G_'#G_O$)cQfO7+'O\
O$)nQdO'#F_O$*uQdO7+'jO$+VQdO7+'jOOQS7+'j7+'jO$+bQdO<<LqO$+rQdO<<LqO$+rQdO<<LqO$+zQdO'#H^OOQS<<Lh<<LhO$,UQdO<<LhOOQS7+'h7+'hOOQS'#D|'#D|OOOO1G4R1G4RO$,oQdO1G4RO\
$,wQdO1G4RP!=hQdO'#GVOOQVG25]G25]O4iQdOG25]OOQVG25dG25dOOQVG25^G25^OOQV<<Kg<<KgO4iQdO<<KgOOQS7+)x7+)xP$-SQdO'#G]OOQU-E:]-E:]OOQV<<Jj<<JjO$-vQtO'#FaOOQS'#Fc'#FcO\
$.WQdO'#FbO$.xQdO'#FbOOQS'#Fb'#FbO$.}QdO'#IYO$)nQdO'#FiO$)nQdO'#FiO$/fQdO'#FjO$)nQdO'#FkO$/mQdO'#IZOOQS'#IZ'#IZO$0[QdO,5;yOOQS<<KU<<KUO$0dQdO<<KUO$0tQdOANB]O$1U\
QdOANB]O$1^QdO'#H_OOQS'#H_'#H_O1sQdO'#DcO$1wQdO,5=xOOQSANBSANBSOOOO7+)m7+)mO$2`QdO7+)mOOQVLD*wLD*wOOQVANARANARO5uQ!fO'#GaO$2hQtO,5<SO$)nQdO'#FmOOQS,5<W,5<WOOQS'\
#Fd'#FdO$3YQdO,5;|O$3_QdO,5;|OOQS'#Fg'#FgO$)nQdO'#G`O$4PQdO,5<QO$4kQdO,5>tO$4{QdO,5>tO1XQdO,5<PO$5^QdO,5<TO$5cQdO,5<TO$)nQdO'#I[O$5hQdO'#I[O$5mQdO,5<UOOQS,5<V,5\
<VO0rQdO'#FpOOQU1G1e1G1eO4iQdO1G1eOOQSAN@pAN@pO$5rQdOG27wO$6SQdO,59}OOQS1G3d1G3dOOOO<<MX<<MXOOQS,5<{,5<{OOQS-E:_-E:_O$6XQtO'#FaO$6`QdO'#I]O$6nQdO'#I]O$6vQdO,5<X\
OOQS1G1h1G1hO$6{QdO1G1hO$7QQdO,5<zOOQS-E:^-E:^O$7lQdO,5=OO$8TQdO1G4`OOQS-E:b-E:bOOQS1G1k1G1kOOQS1G1o1G1oO$8eQdO,5>vO$)nQdO,5>vOOQS1G1p1G1pOOQS,5<[,5<[OOQU7+'P7+\
'PO$+zQdO1G/iO$)nQdO,5<YO$8sQdO,5>wO$8zQdO,5>wOOQS1G1s1G1sOOQS7+'S7+'SP$)nQdO'#GdO$9SQdO1G4bO$9^QdO1G4bO$9fQdO1G4bOOQS7+%T7+%TO$9tQdO1G1tO$:SQtO'#FaO$:ZQdO,5<}O\
OQS,5<},5<}O$:iQdO1G4cOOQS-E:a-E:aO$)nQdO,5<|O$:pQdO,5<|O$:uQdO7+)|OOQS-E:`-E:`O$;PQdO7+)|O$)nQdO,5<ZP$)nQdO'#GcO$;XQdO1G2hO$)nQdO1G2hP$;gQdO'#GbO$;nQdO<<MhO$;x\
QdO1G1uO$<WQdO7+(SO8vQdO'#C}O8vQdO,59bO8vQdO,59bO8vQdO,59bO$<fQtO,5=`O8vQdO1G.|O0rQdO1G/XO0rQdO7+$pP$<yQdO'#GOO'vQdO'#GtO$=WQdO,59bO$=]QdO,59bO$=dQdO,59mO$=iQdO\
1G/UO1sQdO'#DRO8vQdO,59j",stateData:"$>S~O%cOS%^OSSOS%]PQ~OPdOVaOfoOhYOopOs!POvqO!PrO!Q{O!T!SO!U!RO!XZO!][O!h`O!r`O!s`O!t`O!{tO!}uO#PvO#RwO#TxO#XyO#ZzO#^|O#_|O#\
a}O#c!OO#l!QO#o!TO#s!UO#u!VO#z!WO#}hO$P!XO%oRO%pRO%tSO%uWO&Z]O&[]O&]]O&^]O&_]O&`]O&a]O&b]O&c^O&d^O&e^O&f^O&g^O&h^O&i^O&j^O~O%]!YO~OV!aO_!aOa!bOh!iO!X!kO!f!mO%j!\
[O%k!]O%l!^O%m!_O%n!_O%o!`O%p!`O%q!aO%r!aO%s!aO~Ok%xXl%xXm%xXn%xXo%xXp%xXs%xXz%xX{%xX!x%xX#g%xX%[%xX%_%xX%z%xXg%xX!T%xX!U%xX%{%xX!W%xX![%xX!Q%xX#[%xXt%xX!m%xX~P\
%SOfoOhYO!XZO!][O!h`O!r`O!s`O!t`O%oRO%pRO%tSO%uWO&Z]O&[]O&]]O&^]O&_]O&`]O&a]O&b]O&c^O&d^O&e^O&f^O&g^O&h^O&i^O&j^O~Oz%wX{%wX#g%wX%[%wX%_%wX%z%wX~Ok!pOl!qOm!oOn!o\
Oo!rOp!sOs!tO!x%wX~P)pOV!zOg!|Oo0cOv0qO!PrO~P'vOV#OOo0cOv0qO!W#PO~P'vOV#SOa#TOo0cOv0qO![#UO~P'vOQ#XO%`#XO%a#ZO~OQ#^OR#[O%`#^O%a#`O~OV%iX_%iXa%iXh%iXk%iXl%iXm%iX\
n%iXo%iXp%iXs%iXz%iX!X%iX!f%iX%j%iX%k%iX%l%iX%m%iX%n%iX%o%iX%p%iX%q%iX%r%iX%s%iXg%iX!T%iX!U%iX~O&Z]O&[]O&]]O&^]O&_]O&`]O&a]O&b]O&c^O&d^O&e^O&f^O&g^O&h^O&i^O&j^O\
{%iX!x%iX#g%iX%[%iX%_%iX%z%iX%{%iX!W%iX![%iX!Q%iX#[%iXt%iX!m%iX~P,eOz#dO{%hX!x%hX#g%hX%[%hX%_%hX%z%hX~Oo0cOv0qO~P'vO#g#gO%[#iO%_#iO~O%uWO~O!T#nO#u!VO#z!WO#}hO~O\
opO~P'vOV#sOa#tO%uWO{wP~OV#xOo0cOv0qO!Q#yO~P'vO{#{O!x$QO%z#|O#g!yX%[!yX%_!yX~OV#xOo0cOv0qO#g#SX%[#SX%_#SX~P'vOo0cOv0qO#g#WX%[#WX%_#WX~P'vOh$WO%uWO~O!f$YO!r$YO%u\
WO~OV$eO~P'vO!U$gO#s$hO#u$iO~O{$jO~OV$qO~P'vOS$sO%[$rO%_$rO%c$tO~OV$}Oa$}Og%POo0cOv0qO~P'vOo0cOv0qO{%SO~P'vO&Y%UO~Oa!bOh!iO!X!kO!f!mOVba_bakbalbambanbaobapbasba\
zba{ba!xba#gba%[ba%_ba%jba%kba%lba%mba%nba%oba%pba%qba%rba%sba%zbagba!Tba!Uba%{ba!Wba![ba!Qba#[batba!mba~On%ZO~Oo%ZO~P'vOo0cO~P'vOk0eOl0fOm0dOn0dOo0mOp0nOs0rOg%\
wX!T%wX!U%wX%{%wX!W%wX![%wX!Q%wX#[%wX!m%wX~P)pO%{%]Og%vXz%vX!T%vX!U%vX!W%vX{%vX~Og%_Oz%`O!T%dO!U%cO~Og%_O~Oz%gO!T%dO!U%cO!W&SX~O!W%kO~Oz%lO{%nO!T%dO!U%cO![%}X~O\
![%rO~O![%sO~OQ#XO%`#XO%a%uO~OV%wOo0cOv0qO!PrO~P'vOQ#^OR#[O%`#^O%a%zO~OV!qa_!qaa!qah!qak!qal!qam!qan!qao!qap!qas!qaz!qa{!qa!X!qa!f!qa!x!qa#g!qa%[!qa%_!qa%j!qa%k\
!qa%l!qa%m!qa%n!qa%o!qa%p!qa%q!qa%r!qa%s!qa%z!qag!qa!T!qa!U!qa%{!qa!W!qa![!qa!Q!qa#[!qat!qa!m!qa~P#yOz%|O{%ha!x%ha#g%ha%[%ha%_%ha%z%ha~P%SOV&OOopOvqO{%ha!x%ha#g\
%ha%[%ha%_%ha%z%ha~P'vOz%|O{%ha!x%ha#g%ha%[%ha%_%ha%z%ha~OPdOVaOopOvqO!PrO!Q{O!{tO!}uO#PvO#RwO#TxO#XyO#ZzO#^|O#_|O#a}O#c!OO#g$zX%[$zX%_$zX~P'vO#g#gO%[&TO%_&TO~O\
!f&UOh&sX%[&sXz&sX#[&sX#g&sX%_&sX#Z&sXg&sX~Oh!iO%[&WO~Okealeameaneaoeapeaseazea{ea!xea#gea%[ea%_ea%zeagea!Tea!Uea%{ea!Wea![ea!Qea#[eatea!mea~P%SOsqazqa{qa#gqa%[\
qa%_qa%zqa~Ok!pOl!qOm!oOn!oOo!rOp!sO!xqa~PEcO%z&YOz%yX{%yX~O%uWOz%yX{%yX~Oz&]O{wX~O{&_O~Oz%lO#g%}X%[%}X%_%}Xg%}X{%}X![%}X!m%}X%z%}X~OV0lOo0cOv0qO!PrO~P'vO%z#|O#\
gUa%[Ua%_Ua~Oz&hO#g&PX%[&PX%_&PXn&PX~P%SOz&kO!Q&jO#g#Wa%[#Wa%_#Wa~Oz&lO#[&nO#g&rX%[&rX%_&rXg&rX~O!f$YO!r$YO#Z&qO%uWO~O#Z&qO~Oz&sO#g&tX%[&tX%_&tX~Oz&uO#g&pX%[&pX\
%_&pX{&pX~O!X&wO%z&xO~Oz&|On&wX~P%SOn'PO~OPdOVaOopOvqO!PrO!Q{O!{tO!}uO#PvO#RwO#TxO#XyO#ZzO#^|O#_|O#a}O#c!OO%['UO~P'vOt'YO#p'WO#q'XOP#naV#naf#nah#nao#nas#nav#na!\
P#na!Q#na!T#na!U#na!X#na!]#na!h#na!r#na!s#na!t#na!{#na!}#na#P#na#R#na#T#na#X#na#Z#na#^#na#_#na#a#na#c#na#l#na#o#na#s#na#u#na#z#na#}#na$P#na%X#na%o#na%p#na%t#na%\
u#na&Z#na&[#na&]#na&^#na&_#na&`#na&a#na&b#na&c#na&d#na&e#na&f#na&g#na&h#na&i#na&j#na%Z#na%_#na~Oz'ZO#[']O{&xX~Oh'_O!X&wO~Oh!iO{$jO!X&wO~O{'eO~P%SO%['hO%_'hO~OS'\
iO%['hO%_'hO~OV!aO_!aOa!bOh!iO!X!kO!f!mO%l!^O%m!_O%n!_O%o!`O%p!`O%q!aO%r!aO%s!aOkWilWimWinWioWipWisWizWi{Wi!xWi#gWi%[Wi%_Wi%jWi%zWigWi!TWi!UWi%{Wi!WWi![Wi!QWi#[\
WitWi!mWi~O%k!]O~P!#uO%kWi~P!#uOV!aO_!aOa!bOh!iO!X!kO!f!mO%o!`O%p!`O%q!aO%r!aO%s!aOkWilWimWinWioWipWisWizWi{Wi!xWi#gWi%[Wi%_Wi%jWi%kWi%lWi%zWigWi!TWi!UWi%{Wi!WW\
i![Wi!QWi#[WitWi!mWi~O%m!_O%n!_O~P!&pO%mWi%nWi~P!&pOa!bOh!iO!X!kO!f!mOkWilWimWinWioWipWisWizWi{Wi!xWi#gWi%[Wi%_Wi%jWi%kWi%lWi%mWi%nWi%oWi%pWi%zWigWi!TWi!UWi%{Wi\
!WWi![Wi!QWi#[WitWi!mWi~OV!aO_!aO%q!aO%r!aO%s!aO~P!)nOVWi_Wi%qWi%rWi%sWi~P!)nO!T%dO!U%cOg&VXz&VX~O%z'kO%{'kO~P,eOz'mOg&UX~Og'oO~Oz'pO{'rO!W&XX~Oo0cOv0qOz'pO{'sO\
!W&XX~P'vO!W'uO~Om!oOn!oOo!rOp!sOkjisjizji{ji!xji#gji%[ji%_ji%zji~Ol!qO~P!.aOlji~P!.aOk0eOl0fOm0dOn0dOo0mOp0nO~Ot'wO~P!/jOV'|Og'}Oo0cOv0qO~P'vOg'}Oz(OO~Og(QO~O!\
U(SO~Og(TOz(OO!T%dO!U%cO~P%SOk0eOl0fOm0dOn0dOo0mOp0nOgqa!Tqa!Uqa%{qa!Wqa![qa!Qqa#[qatqa!mqa~PEcOV'|Oo0cOv0qO!W&Sa~P'vOz(WO!W&Sa~O!W(XO~Oz(WO!T%dO!U%cO!W&Sa~P%SO\
V(]Oo0cOv0qO![%}a#g%}a%[%}a%_%}ag%}a{%}a!m%}a%z%}a~P'vOz(^O![%}a#g%}a%[%}a%_%}ag%}a{%}a!m%}a%z%}a~O![(aO~Oz(^O!T%dO!U%cO![%}a~P%SOz(dO!T%dO!U%cO![&Ta~P%SOz(gO{&\
lX![&lX!m&lX%z&lX~O{(kO![(mO!m(nO%z(jO~OV&OOopOvqO{%hi!x%hi#g%hi%[%hi%_%hi%z%hi~P'vOz(pO{%hi!x%hi#g%hi%[%hi%_%hi%z%hi~O!f&UOh&sa%[&saz&sa#[&sa#g&sa%_&sa#Z&sag&s\
a~O%[(uO~OV#sOa#tO%uWO~Oz&]O{wa~OopOvqO~P'vOz(^O#g%}a%[%}a%_%}ag%}a{%}a![%}a!m%}a%z%}a~P%SOz(zO#g%hX%[%hX%_%hX%z%hX~O%z#|O#gUi%[Ui%_Ui~O#g&Pa%[&Pa%_&Pan&Pa~P'vO\
z(}O#g&Pa%[&Pa%_&Pan&Pa~O%uWO#g&ra%[&ra%_&rag&ra~Oz)SO#g&ra%[&ra%_&rag&ra~Og)VO~OV)WOh$WO%uWO~O#Z)XO~O%uWO#g&ta%[&ta%_&ta~Oz)ZO#g&ta%[&ta%_&ta~Oo0cOv0qO#g&pa%[&\
pa%_&pa{&pa~P'vOz)^O#g&pa%[&pa%_&pa{&pa~OV)`Oa)`O%uWO~O%z)eO~Ot)hO#j)gOP#hiV#hif#hih#hio#his#hiv#hi!P#hi!Q#hi!T#hi!U#hi!X#hi!]#hi!h#hi!r#hi!s#hi!t#hi!{#hi!}#hi#\
P#hi#R#hi#T#hi#X#hi#Z#hi#^#hi#_#hi#a#hi#c#hi#l#hi#o#hi#s#hi#u#hi#z#hi#}#hi$P#hi%X#hi%o#hi%p#hi%t#hi%u#hi&Z#hi&[#hi&]#hi&^#hi&_#hi&`#hi&a#hi&b#hi&c#hi&d#hi&e#hi&\
f#hi&g#hi&h#hi&i#hi&j#hi%Z#hi%_#hi~Ot)iOP#kiV#kif#kih#kio#kis#kiv#ki!P#ki!Q#ki!T#ki!U#ki!X#ki!]#ki!h#ki!r#ki!s#ki!t#ki!{#ki!}#ki#P#ki#R#ki#T#ki#X#ki#Z#ki#^#ki#_\
#ki#a#ki#c#ki#l#ki#o#ki#s#ki#u#ki#z#ki#}#ki$P#ki%X#ki%o#ki%p#ki%t#ki%u#ki&Z#ki&[#ki&]#ki&^#ki&_#ki&`#ki&a#ki&b#ki&c#ki&d#ki&e#ki&f#ki&g#ki&h#ki&i#ki&j#ki%Z#ki%_\
#ki~OV)kOn&wa~P'vOz)lOn&wa~Oz)lOn&wa~P%SOn)pO~O%Y)tO~Ot)wO#p'WO#q)vOP#niV#nif#nih#nio#nis#niv#ni!P#ni!Q#ni!T#ni!U#ni!X#ni!]#ni!h#ni!r#ni!s#ni!t#ni!{#ni!}#ni#P#n\
i#R#ni#T#ni#X#ni#Z#ni#^#ni#_#ni#a#ni#c#ni#l#ni#o#ni#s#ni#u#ni#z#ni#}#ni$P#ni%X#ni%o#ni%p#ni%t#ni%u#ni&Z#ni&[#ni&]#ni&^#ni&_#ni&`#ni&a#ni&b#ni&c#ni&d#ni&e#ni&f#n\
i&g#ni&h#ni&i#ni&j#ni%Z#ni%_#ni~OV)zOo0cOv0qO{$jO~P'vOo0cOv0qO{&xa~P'vOz*OO{&xa~OV*SOa*TOg*WO%q*UO%uWO~O{$jO&{*YO~Oh'_O~Oh!iO{$jO~O%[*_O~O%[*aO%_*aO~OV$}Oa$}Oo0\
cOv0qOg&Ua~P'vOz*dOg&Ua~Oo0cOv0qO{*gO!W&Xa~P'vOz*hO!W&Xa~Oo0cOv0qOz*hO{*kO!W&Xa~P'vOo0cOv0qOz*hO!W&Xa~P'vOz*hO{*kO!W&Xa~Om0dOn0dOo0mOp0nOgjikjisjizji!Tji!Uji%{j\
i!Wji{ji![ji#gji%[ji%_ji!Qji#[jitji!mji%zji~Ol0fO~P!NkOlji~P!NkOV'|Og*pOo0cOv0qO~P'vOn*rO~Og*pOz*tO~Og*uO~OV'|Oo0cOv0qO!W&Si~P'vOz*vO!W&Si~O!W*wO~OV(]Oo0cOv0qO!\
[%}i#g%}i%[%}i%_%}ig%}i{%}i!m%}i%z%}i~P'vOz*zO!T%dO!U%cO![&Ti~Oz*}O![%}i#g%}i%[%}i%_%}ig%}i{%}i!m%}i%z%}i~O![+OO~Oa+QOo0cOv0qO![&Ti~P'vOz*zO![&Ti~O![+SO~OV+UOo0\
cOv0qO{&la![&la!m&la%z&la~P'vOz+VO{&la![&la!m&la%z&la~O!]+YO&n+[O![!nX~O![+^O~O{(kO![+_O~O{(kO![+_O!m+`O~OV&OOopOvqO{%hq!x%hq#g%hq%[%hq%_%hq%z%hq~P'vOz$ri{$ri!x\
$ri#g$ri%[$ri%_$ri%z$ri~P%SOV&OOopOvqO~P'vOV&OOo0cOv0qO#g%ha%[%ha%_%ha%z%ha~P'vOz+aO#g%ha%[%ha%_%ha%z%ha~Oz$ia#g$ia%[$ia%_$ian$ia~P%SO#g&Pi%[&Pi%_&Pin&Pi~P'vOz+\
dO#g#Wq%[#Wq%_#Wq~O#[+eOz$va#g$va%[$va%_$vag$va~O%uWO#g&ri%[&ri%_&rig&ri~Oz+gO#g&ri%[&ri%_&rig&ri~OV+iOh$WO%uWO~O%uWO#g&ti%[&ti%_&ti~Oo0cOv0qO#g&pi%[&pi%_&pi{&p\
i~P'vO{#{Oz#eX!W#eX~Oz+mO!W&uX~O!W+oO~Ot+rO#j)gOP#hqV#hqf#hqh#hqo#hqs#hqv#hq!P#hq!Q#hq!T#hq!U#hq!X#hq!]#hq!h#hq!r#hq!s#hq!t#hq!{#hq!}#hq#P#hq#R#hq#T#hq#X#hq#Z#h\
q#^#hq#_#hq#a#hq#c#hq#l#hq#o#hq#s#hq#u#hq#z#hq#}#hq$P#hq%X#hq%o#hq%p#hq%t#hq%u#hq&Z#hq&[#hq&]#hq&^#hq&_#hq&`#hq&a#hq&b#hq&c#hq&d#hq&e#hq&f#hq&g#hq&h#hq&i#hq&j#h\
q%Z#hq%_#hq~On$|az$|a~P%SOV)kOn&wi~P'vOz+yOn&wi~Oz,TO{$jO#[,TO~O#q,VOP#nqV#nqf#nqh#nqo#nqs#nqv#nq!P#nq!Q#nq!T#nq!U#nq!X#nq!]#nq!h#nq!r#nq!s#nq!t#nq!{#nq!}#nq#P#\
nq#R#nq#T#nq#X#nq#Z#nq#^#nq#_#nq#a#nq#c#nq#l#nq#o#nq#s#nq#u#nq#z#nq#}#nq$P#nq%X#nq%o#nq%p#nq%t#nq%u#nq&Z#nq&[#nq&]#nq&^#nq&_#nq&`#nq&a#nq&b#nq&c#nq&d#nq&e#nq&f#\
nq&g#nq&h#nq&i#nq&j#nq%Z#nq%_#nq~O#[,WOz%Oa{%Oa~Oo0cOv0qO{&xi~P'vOz,YO{&xi~O{#{O%z,[Og&zXz&zX~O%uWOg&zXz&zX~Oz,`Og&yX~Og,bO~O%Y,eO~O!T%dO!U%cOg&Viz&Vi~OV$}Oa$}O\
o0cOv0qOg&Ui~P'vO{,hOz$la!W$la~Oo0cOv0qO{,iOz$la!W$la~P'vOo0cOv0qO{*gO!W&Xi~P'vOz,lO!W&Xi~Oo0cOv0qOz,lO!W&Xi~P'vOz,lO{,oO!W&Xi~Og$hiz$hi!W$hi~P%SOV'|Oo0cOv0qO~P\
'vOn,qO~OV'|Og,rOo0cOv0qO~P'vOV'|Oo0cOv0qO!W&Sq~P'vOz$gi![$gi#g$gi%[$gi%_$gig$gi{$gi!m$gi%z$gi~P%SOV(]Oo0cOv0qO~P'vOa+QOo0cOv0qO![&Tq~P'vOz,sO![&Tq~O![,tO~OV(]O\
o0cOv0qO![%}q#g%}q%[%}q%_%}qg%}q{%}q!m%}q%z%}q~P'vO{,uO~OV+UOo0cOv0qO{&li![&li!m&li%z&li~P'vOz,zO{&li![&li!m&li%z&li~O!]+YO&n+[O![!na~O{(kO![,}O~OV&OOo0cOv0qO#g\
%hi%[%hi%_%hi%z%hi~P'vOz-OO#g%hi%[%hi%_%hi%z%hi~O%uWO#g&rq%[&rq%_&rqg&rq~Oz-RO#g&rq%[&rq%_&rqg&rq~OV)`Oa)`O%uWO!W&ua~Oz-TO!W&ua~On$|iz$|i~P%SOV)kO~P'vOV)kOn&wq~\
P'vOt-XOP#myV#myf#myh#myo#mys#myv#my!P#my!Q#my!T#my!U#my!X#my!]#my!h#my!r#my!s#my!t#my!{#my!}#my#P#my#R#my#T#my#X#my#Z#my#^#my#_#my#a#my#c#my#l#my#o#my#s#my#u#m\
y#z#my#}#my$P#my%X#my%o#my%p#my%t#my%u#my&Z#my&[#my&]#my&^#my&_#my&`#my&a#my&b#my&c#my&d#my&e#my&f#my&g#my&h#my&i#my&j#my%Z#my%_#my~O%Z-]O%_-]O~P`O#q-^OP#nyV#ny\
f#nyh#nyo#nys#nyv#ny!P#ny!Q#ny!T#ny!U#ny!X#ny!]#ny!h#ny!r#ny!s#ny!t#ny!{#ny!}#ny#P#ny#R#ny#T#ny#X#ny#Z#ny#^#ny#_#ny#a#ny#c#ny#l#ny#o#ny#s#ny#u#ny#z#ny#}#ny$P#ny\
%X#ny%o#ny%p#ny%t#ny%u#ny&Z#ny&[#ny&]#ny&^#ny&_#ny&`#ny&a#ny&b#ny&c#ny&d#ny&e#ny&f#ny&g#ny&h#ny&i#ny&j#ny%Z#ny%_#ny~Oz-aO{$jO#[-aO~Oo0cOv0qO{&xq~P'vOz-dO{&xq~O%\
z,[Og&zaz&za~O{#{Og&zaz&za~OV*SOa*TO%q*UO%uWOg&ya~Oz-hOg&ya~O$S-lO~OV$}Oa$}Oo0cOv0qO~P'vOo0cOv0qO{-mOz$li!W$li~P'vOo0cOv0qOz$li!W$li~P'vO{-mOz$li!W$li~Oo0cOv0qO\
{*gO~P'vOo0cOv0qO{*gO!W&Xq~P'vOz-pO!W&Xq~Oo0cOv0qOz-pO!W&Xq~P'vOs-sO!T%dO!U%cOg&Oq!W&Oq![&Oqz&Oq~P!/jOa+QOo0cOv0qO![&Ty~P'vOz$ji![$ji~P%SOa+QOo0cOv0qO~P'vOV+UOo\
0cOv0qO~P'vOV+UOo0cOv0qO{&lq![&lq!m&lq%z&lq~P'vO{(kO![-xO!m-yO%z-wO~OV&OOo0cOv0qO#g%hq%[%hq%_%hq%z%hq~P'vO%uWO#g&ry%[&ry%_&ryg&ry~OV)`Oa)`O%uWO!W&ui~Ot-}OP#m!RV\
#m!Rf#m!Rh#m!Ro#m!Rs#m!Rv#m!R!P#m!R!Q#m!R!T#m!R!U#m!R!X#m!R!]#m!R!h#m!R!r#m!R!s#m!R!t#m!R!{#m!R!}#m!R#P#m!R#R#m!R#T#m!R#X#m!R#Z#m!R#^#m!R#_#m!R#a#m!R#c#m!R#l#m!\
R#o#m!R#s#m!R#u#m!R#z#m!R#}#m!R$P#m!R%X#m!R%o#m!R%p#m!R%t#m!R%u#m!R&Z#m!R&[#m!R&]#m!R&^#m!R&_#m!R&`#m!R&a#m!R&b#m!R&c#m!R&d#m!R&e#m!R&f#m!R&g#m!R&h#m!R&i#m!R&j#\
m!R%Z#m!R%_#m!R~Oo0cOv0qO{&xy~P'vOV*SOa*TO%q*UO%uWOg&yi~O$S-lO%Z.VO%_.VO~OV.aOh._O!X.^O!].`O!h.YO!s.[O!t.[O%p.XO%uWO&Z]O&[]O&]]O&^]O&_]O&`]O&a]O&b]O~Oo0cOv0qOz$\
lq!W$lq~P'vO{.fOz$lq!W$lq~Oo0cOv0qO{*gO!W&Xy~P'vOz.gO!W&Xy~Oo0cOv.kO~P'vOs-sO!T%dO!U%cOg&Oy!W&Oy![&Oyz&Oy~P!/jO{(kO![.nO~O{(kO![.nO!m.oO~OV*SOa*TO%q*UO%uWO~Oh.t\
O!f.rOz$TX#[$TX%j$TXg$TX~Os$TX{$TX!W$TX![$TX~P$-bO%o.vO%p.vOs$UXz$UX{$UX#[$UX%j$UX!W$UXg$UX![$UX~O!h.xO~Oz.|O#[/OO%j.yOs&|X{&|X!W&|Xg&|X~Oa/RO~P$)zOh.tOs&}Xz&}X\
{&}X#[&}X%j&}X!W&}Xg&}X![&}X~Os/VO{$jO~Oo0cOv0qOz$ly!W$ly~P'vOo0cOv0qO{*gO!W&X!R~P'vOz/ZO!W&X!R~Og&RXs&RX!T&RX!U&RX!W&RX![&RXz&RX~P!/jOs-sO!T%dO!U%cOg&Qa!W&Qa![\
&Qaz&Qa~O{(kO![/^O~O!f.rOh$[as$[az$[a{$[a#[$[a%j$[a!W$[ag$[a![$[a~O!h/eO~O%o.vO%p.vOs$Uaz$Ua{$Ua#[$Ua%j$Ua!W$Uag$Ua![$Ua~O%j.yOs$Yaz$Ya{$Ya#[$Ya!W$Yag$Ya![$Ya~O\
s&|a{&|a!W&|ag&|a~P$)nOz/jOs&|a{&|a!W&|ag&|a~O!W/mO~Og/mO~O{/oO~O![/pO~Oo0cOv0qO{*gO!W&X!Z~P'vO{/sO~O%z/tO~P$-bOz/uO#[/OO%j.yOg'PX~Oz/uOg'PX~Og/wO~O!h/xO~O#[/OO\
s%Saz%Sa{%Sa%j%Sa!W%Sag%Sa![%Sa~O#[/OO%j.yOs%Waz%Wa{%Wa!W%Wag%Wa~Os&|i{&|i!W&|ig&|i~P$)nOz/zO#[/OO%j.yO!['Oa~Og'Pa~P$)nOz0SOg'Pa~Oa0UO!['Oi~P$)zOz0WO!['Oi~Oz0WO\
#[/OO%j.yO!['Oi~O#[/OO%j.yOg$biz$bi~O%z0ZO~P$-bO#[/OO%j.yOg%Vaz%Va~Og'Pi~P$)nO{0^O~Oa0UO!['Oq~P$)zOz0`O!['Oq~O#[/OO%j.yOz%Ui![%Ui~Oa0UO~P$)zOa0UO!['Oy~P$)zO#[/O\
O%j.yOg$ciz$ci~O#[/OO%j.yOz%Uq![%Uq~Oz+aO#g%ha%[%ha%_%ha%z%ha~P%SOV&OOo0cOv0qO~P'vOn0hO~Oo0hO~P'vO{0iO~Ot0jO~P!/jO&]&Z&j&h&i&g&f&d&e&c&b&`&a&_&^&[%u~",goto:"!=j\
'QPPPPPP'RP'Z*s+[+t,_,y-fP.SP'Z.r.r'ZPPP'Z2[PPPPPP2[5PPP5PP7b7k=sPP=v>h>kPP'Z'ZPP>zPP'Z'ZPP'Z'Z'Z'Z'Z?O?w'ZP?zP@QDXGuGyPG|HWH['ZPPPH_Hk'RP'R'RP'RP'RP'RP'RP'R'R'\
RP'RPP'RPP'RP'RPHqH}IVPI^IdPI^PI^I^PPPI^PKrPK{LVL]KrPI^LfPI^PLmLsPLwM]MzNeLwLwNkNxLwLwLwLw! ^! d! g! l! o! y!!P!!]!!o!!u!#P!#V!#s!#y!$P!$Z!$a!$g!$y!%T!%Z!%a!%k!\
%q!%w!%}!&T!&Z!&e!&k!&u!&{!'U!'[!'k!'s!'}!(UPPPPPPPPPPP!([!(_!(e!(n!(x!)TPPPPPPPPPPPP!-u!/Z!3^!6oPP!6w!7W!7a!8Y!8P!8c!8i!8l!8o!8r!8z!9jPPPPPPPPPPPPPPPPP!9m!9q!9\
wP!:]!:a!:m!:v!;S!;j!;m!;p!;v!;|!<S!<VP!<_!<h!=d!=g]eOn#g$j)t,P'}`OTYZ[adnoprtxy}!P!Q!R!U!X!c!d!e!f!g!h!i!k!o!p!q!s!t!z#O#S#T#[#d#g#x#y#{#}$Q$e$g$h$j$q$}%S%Z%^%\
`%c%g%l%n%w%|&O&Z&_&h&j&k&u&x&|'P'W'Z'l'm'p'r's'w'|(O(S(W(](^(d(g(p(r(z(})^)e)g)k)l)p)t)z*O*Y*d*g*h*k*q*r*t*v*y*z*}+Q+U+V+Y+a+c+d+k+x+y,P,X,Y,],g,h,i,k,l,o,q,s,\
u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0l0n0r{!cQ#c#p$R$d$p%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g}!dQ#c#p$R$d$p$u%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g!P!eQ#c#p$R$d$p$u$v\
%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g!R!fQ#c#p$R$d$p$u$v$w%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g!T!gQ#c#p$R$d$p$u$v$w$x%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g!V!hQ#c#p$R$d$p$u$v$w$x$y%\
e%j%p%q&`'O'g(q(|)j*o*x+w,v0g!Z!hQ!n#c#p$R$d$p$u$v$w$x$y$z%e%j%p%q&`'O'g(q(|)j*o*x+w,v0g'}TOTYZ[adnoprtxy}!P!Q!R!U!X!c!d!e!f!g!h!i!k!o!p!q!s!t!z#O#S#T#[#d#g#x#y\
#{#}$Q$e$g$h$j$q$}%S%Z%^%`%c%g%l%n%w%|&O&Z&_&h&j&k&u&x&|'P'W'Z'l'm'p'r's'w'|(O(S(W(](^(d(g(p(r(z(})^)e)g)k)l)p)t)z*O*Y*d*g*h*k*q*r*t*v*y*z*}+Q+U+V+Y+a+c+d+k+x+y\
,P,X,Y,],g,h,i,k,l,o,q,s,u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0l0n0r&eVOYZ[dnprxy}!P!Q!U!i!k!o!p!q!s!t#[#d#g#y#{#}$Q$h$j$}%S%Z%^%`%g%l%n%w%|&Z&_&j&k&u&x\
'P'W'Z'l'm'p'r's'w(O(W(^(d(g(p(r(z)^)e)g)p)t)z*O*Y*d*g*h*k*q*r*t*v*y*z*}+U+V+Y+a+d+k,P,X,Y,],g,h,i,k,l,o,q,s,u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0n0r%o\
XOYZ[dnrxy}!P!Q!U!i!k#[#d#g#y#{#}$Q$h$j$}%S%^%`%g%l%n%w%|&Z&_&j&k&u&x'P'W'Z'l'm'p'r's'w(O(W(^(d(g(p(r(z)^)e)g)p)t)z*O*Y*d*g*h*k*q*t*v*y*z*}+U+V+Y+a+d+k,P,X,Y,],\
g,h,i,k,l,o,s,u,w,y,z-O-d-f-m-p.f.g/V/Z0i0j0kQ#vqQ/[.kR0o0q't`OTYZ[adnoprtxy}!P!Q!R!U!X!c!d!e!f!g!h!k!o!p!q!s!t!z#O#S#T#[#d#g#x#y#{#}$Q$e$g$h$j$q$}%S%Z%^%`%c%g%\
l%n%w%|&O&Z&_&h&j&k&u&x&|'P'W'Z'l'p'r's'w'|(O(S(W(](^(d(g(p(r(z(})^)e)g)k)l)p)t)z*O*Y*g*h*k*q*r*t*v*y*z*}+Q+U+V+Y+a+c+d+k+x+y,P,X,Y,],h,i,k,l,o,q,s,u,w,y,z-O-d-\
f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0l0n0rh#jhz{$W$Z&l&q)S)X+f+g-RW#rq&].k0qQ$]|Q$a!OQ$n!VQ$o!WW$|!i'm*d,gS&[#s#tQ'S$iQ(s&UQ)U&nU)Y&s)Z+jW)a&w+m-T-{Q*Q']W*R'_,`-h.\
TQ+l)`S,_*S*TQ-Q+eQ-_,TQ-c,WQ.R-al.W-l.^._.a.z.|/R/j/o/t/y0U0Z0^Q/S.`Q/a.tQ/l/OU0P/u0S0[X0V/z0W0_0`R&Z#r!_!wYZ!P!Q!k%S%`%g'p'r's(O(W)g*g*h*k*q*t*v,h,i,k,l,o-m-p\
.f.g/ZR%^!vQ!{YQ%x#[Q&d#}Q&g$QR,{+YT.j-s/s!Y!jQ!n#c#p$R$d$p$u$v$w$x$y$z%e%j%p%q&`'O'g(q(|)j*o*x+w,v0gQ&X#kQ'c$oR*^'dR'l$|Q%V!mR/_.r'|_OTYZ[adnoprtxy}!P!Q!R!U!X!\
c!d!e!f!g!h!i!k!o!p!q!s!t!z#O#S#T#[#d#g#x#y#{#}$Q$e$g$h$j$q$}%S%Z%^%`%c%g%l%n%w%|&O&Z&_&h&j&k&u&x&|'P'W'Z'l'm'p'r's'w'|(O(S(W(](^(d(g(p(r(z(})^)e)g)k)l)p)t)z*O*\
Y*d*g*h*k*q*r*t*v*y*z*}+Q+U+V+Y+a+c+d+k+x+y,P,X,Y,],g,h,i,k,l,o,q,s,u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0l0n0rS#a_#b!P.[-l.^._.`.a.t.z.|/R/j/o/t/u/y/z0\
S0U0W0Z0[0^0_0`'|_OTYZ[adnoprtxy}!P!Q!R!U!X!c!d!e!f!g!h!i!k!o!p!q!s!t!z#O#S#T#[#d#g#x#y#{#}$Q$e$g$h$j$q$}%S%Z%^%`%c%g%l%n%w%|&O&Z&_&h&j&k&u&x&|'P'W'Z'l'm'p'r's'\
w'|(O(S(W(](^(d(g(p(r(z(})^)e)g)k)l)p)t)z*O*Y*d*g*h*k*q*r*t*v*y*z*}+Q+U+V+Y+a+c+d+k+x+y,P,X,Y,],g,h,i,k,l,o,q,s,u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0l0\
n0rT#a_#bT#^^#_R(o%xa(l%x(n(o+`,{-y-z.oT+[(k+]R-z,{Q$PsQ+l)aQ,^*RR-e,_X#}s$O$P&fQ&y$aQ'a$nQ'd$oR)s'SQ)b&wV-S+m-T-{ZgOn$j)t,PXkOn)t,PQ$k!TQ&z$bQ&{$cQ'^$mQ'b$oQ)q\
'RQ)x'WQ){'XQ)|'YQ*Z'`S*]'c'dQ+s)gQ+u)hQ+v)iQ+z)oS+|)r*[Q,Q)vQ,R)wS,S)y)zQ,d*^Q-V+rQ-W+tQ-Y+{S-Z+},OQ-`,UQ-b,VQ-|-XQ.O-[Q.P-^Q.Q-_Q.p-}Q.q.RQ/W.dR/r/XWkOn)t,PR#\
mjQ'`$nS)r'S'aR,O)sQ,]*RR-f,^Q*['`Q+})rR-[,OZiOjn)t,PQ'f$pR*`'gT-j,e-ku.c-l.^._.a.t.z.|/R/j/o/t/u/y0S0U0Z0[0^t.c-l.^._.a.t.z.|/R/j/o/t/u/y0S0U0Z0[0^Q/S.`X0V/z0W\
0_0`!P.Z-l.^._.`.a.t.z.|/R/j/o/t/u/y/z0S0U0W0Z0[0^0_0`Q.w.YR/f.xg.z.].{/b/i/n/|0O0Q0]0a0bu.b-l.^._.a.t.z.|/R/j/o/t/u/y0S0U0Z0[0^X.u.W.b/a0PR/c.tV0R/u0S0[R/X.dQn\
OS#on,PR,P)tQ&^#uR(x&^S%m#R#wS(_%m(bT(b%p&`Q%a!yQ%h!}W(P%a%h(U(YQ(U%eR(Y%jQ&i$RR)O&iQ(e%qQ*{(`T+R(e*{Q'n%OR*e'nS'q%R%SY*i'q*j,m-q.hU*j'r's'tU,m*k*l*mS-q,n,oR.h-\
rQ#Y]R%t#YQ#_^R%y#_Q(h%vS+W(h+XR+X(iQ+](kR,|+]Q#b_R%{#bQ#ebQ%}#cW&Q#e%}({+bQ({&cR+b0gQ$OsS&e$O&fR&f$PQ&v$_R)_&vQ&V#jR(t&VQ&m$VS)T&m+hR+h)UQ$Z{R&p$ZQ&t$]R)[&tQ+n\
)bR-U+nQ#hfR&S#hQ)f&zR+q)fQ&}$dS)m&})nR)n'OQ'V$kR)u'VQ'[$lS*P'[,ZR,Z*QQ,a*VR-i,aWjOn)t,PR#ljQ-k,eR.U-kd.{.]/b/i/n/|0O0Q0]0a0bR/h.{U.s.W/a0PR/`.sQ/{/nS0X/{0YR0Y/\
|S/v/b/cR0T/vQ.}.]R/k.}R!ZPXmOn)t,PWlOn)t,PR'T$jYfOn$j)t,PR&R#g[sOn#g$j)t,PR&d#}&dQOYZ[dnprxy}!P!Q!U!i!k!o!p!q!s!t#[#d#g#y#{#}$Q$h$j$}%S%Z%^%`%g%l%n%w%|&Z&_&j&k\
&u&x'P'W'Z'l'm'p'r's'w(O(W(^(d(g(p(r(z)^)e)g)p)t)z*O*Y*d*g*h*k*q*r*t*v*y*z*}+U+V+Y+a+d+k,P,X,Y,],g,h,i,k,l,o,q,s,u,w,y,z-O-d-f-m-p-s.f.g/V/Z/s0c0d0e0f0h0i0j0k0n\
0rQ!nTQ#caQ#poU$Rt%c(SS$d!R$gQ$p!XQ$u!cQ$v!dQ$w!eQ$x!fQ$y!gQ$z!hQ%e!zQ%j#OQ%p#SQ%q#TQ&`#xQ'O$eQ'g$qQ(q&OU(|&h(}+cW)j&|)l+x+yQ*o'|Q*x(]Q+w)kQ,v+QR0g0lQ!yYQ!}ZQ$b\
!PQ$c!QQ%R!kQ't%S^'{%`%g(O(W*q*t*v^*f'p*h,k,l-p.g/ZQ*l'rQ*m'sQ+t)gQ,j*gQ,n*kQ-n,hQ-o,iQ-r,oQ.e-mR/Y.f[bOn#g$j)t,P!^!vYZ!P!Q!k%S%`%g'p'r's(O(W)g*g*h*k*q*t*v,h,i,\
k,l,o-m-p.f.g/ZQ#R[Q#fdS#wrxQ$UyW$_}$Q'P)pS$l!U$hW${!i'm*d,gS%v#[+Y`&P#d%|(p(r(z+a-O0kQ&a#yQ&b#{Q&c#}Q'j$}Q'z%^W([%l(^*y*}Q(`%nQ(i%wQ(v&ZS(y&_0iQ)P&jQ)Q&kU)]&u)\
^+kQ)d&xQ)y'WY)}'Z*O,X,Y-dQ*b'lS*n'w0jW+P(d*z,s,wW+T(g+V,y,zQ+p)eQ,U)zQ,c*YQ,x+UQ-P+dQ-e,]Q-v,uQ.S-fR/q/VhUOn#d#g$j%|&_'w(p(r)t,P%U!uYZ[drxy}!P!Q!U!i!k#[#y#{#}$\
Q$h$}%S%^%`%g%l%n%w&Z&j&k&u&x'P'W'Z'l'm'p'r's(O(W(^(d(g(z)^)e)g)p)z*O*Y*d*g*h*k*q*t*v*y*z*}+U+V+Y+a+d+k,X,Y,],g,h,i,k,l,o,s,u,w,y,z-O-d-f-m-p.f.g/V/Z0i0j0kQ#qpW\
%W!o!s0d0nQ%X!pQ%Y!qQ%[!tQ%f0cS'v%Z0hQ'x0eQ'y0fQ,p*rQ-u,qS.i-s/sR0p0rU#uq.k0qR(w&][cOn#g$j)t,PZ!xY#[#}$Q+YQ#W[Q#zrR$TxQ%b!yQ%i!}Q%o#RQ'j${Q(V%eQ(Z%jQ(c%pQ(f%qQ*\
|(`Q,f*bQ-t,pQ.m-uR/].lQ$StQ(R%cR*s(SQ.l-sR/}/sR#QZR#V[R%Q!iQ%O!iV*c'm*d,g!Z!lQ!n#c#p$R$d$p$u$v$w$x$y$z%e%j%p%q&`'O'g(q(|)j*o*x+w,v0gR%T!kT#]^#_Q%x#[R,{+YQ(m%xS\
+_(n(oQ,}+`Q-x,{S.n-y-zR/^.oT+Z(k+]Q$`}Q&g$QQ)o'PR+{)pQ$XzQ)W&qR+i)XQ$XzQ&o$WQ)W&qR+i)XQ#khW$Vz$W&q)XQ$[{Q&r$ZZ)R&l)S+f+g-RR$^|R)c&wXlOn)t,PQ$f!RR'Q$gQ$m!UR'R$h\
R*X'_Q*V'_V-g,`-h.TQ.d-lQ/P.^R/Q._U.]-l.^._Q/U.aQ/b.tQ/g.zU/i.|/j/yQ/n/RQ/|/oQ0O/tU0Q/u0S0[Q0]0UQ0a0ZR0b0^R/T.`R/d.t",nodeNames:"⚠ print Escape { Comment Script\
 AssignStatement * BinaryExpression BitOp BitOp BitOp BitOp ArithOp ArithOp @ ArithOp ** UnaryExpression ArithOp BitOp AwaitExpression await ) ( ParenthesizedEx\
pression BinaryExpression or and CompareOp in not is UnaryExpression ConditionalExpression if else LambdaExpression lambda ParamList VariableName AssignOp , : N\
amedExpression AssignOp YieldExpression yield from TupleExpression ComprehensionExpression async for LambdaExpression ] [ ArrayExpression ArrayComprehensionExpr\
ession } { DictionaryExpression DictionaryComprehensionExpression SetExpression SetComprehensionExpression CallExpression ArgList AssignOp MemberExpression . Pr\
opertyName Number String FormatString FormatReplacement FormatSelfDoc FormatConversion FormatSpec FormatReplacement FormatSelfDoc ContinuedString Ellipsis None \
Boolean TypeDef AssignOp UpdateStatement UpdateOp ExpressionStatement DeleteStatement del PassStatement pass BreakStatement break ContinueStatement continue Ret\
urnStatement return YieldStatement PrintStatement RaiseStatement raise ImportStatement import as ScopeStatement global nonlocal AssertStatement assert TypeDefin\
ition type TypeParamList TypeParam StatementGroup ; IfStatement Body elif WhileStatement while ForStatement TryStatement try except finally WithStatement with F\
unctionDefinition def ParamList AssignOp TypeDef ClassDefinition class DecoratedStatement Decorator At MatchStatement match MatchBody MatchClause case CapturePa\
ttern LiteralPattern ArithOp ArithOp AsPattern OrPattern LogicOp AttributePattern SequencePattern MappingPattern StarPattern ClassPattern PatternArgList Keyword\
Pattern KeywordPattern Guard",maxTerm:277,context:Af,nodeProps:[["isolate",-5,4,71,72,73,77,""],["group",-15,6,85,87,88,90,92,94,96,98,99,100,102,105,108,110,"S\
tatement Statement",-22,8,18,21,25,40,49,50,56,57,60,61,62,63,64,67,70,71,72,79,80,81,82,"Expression",-10,114,116,119,121,122,126,128,133,135,138,"Statement",-9,
143,144,147,148,150,151,152,153,154,"Pattern"],["openedBy",23,"(",54,"[",58,"{"],["closedBy",24,")",55,"]",59,"}"]],propSources:[Cf],skippedNodes:[0,4],repeatNodeCount:34,
tokenData:"!2|~R!`OX%TXY%oY[%T[]%o]p%Tpq%oqr'ars)Yst*xtu%Tuv,dvw-hwx.Uxy/tyz0[z{0r{|2S|}2p}!O3W!O!P4_!P!Q:Z!Q!R;k!R![>_![!]Do!]!^Es!^!_FZ!_!`Gk!`!aHX!a!b%T!b!cI\
f!c!dJU!d!eK^!e!hJU!h!i!#f!i!tJU!t!u!,|!u!wJU!w!x!.t!x!}JU!}#O!0S#O#P&o#P#Q!0j#Q#R!1Q#R#SJU#S#T%T#T#UJU#U#VK^#V#YJU#Y#Z!#f#Z#fJU#f#g!,|#g#iJU#i#j!.t#j#oJU#o#p!1\
n#p#q!1s#q#r!2a#r#s!2f#s$g%T$g;'SJU;'S;=`KW<%lOJU`%YT&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%T`%lP;=`<%l%To%v]&n`%c_OX%TXY%oY[%T[]%o]p%Tpq%oq#O%T#O#P&o#P#o%T#p#q%T#r;\
'S%T;'S;=`%i<%lO%To&tX&n`OY%TYZ%oZ]%T]^%o^#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc'f[&n`O!_%T!_!`([!`#T%T#T#U(r#U#f%T#f#g(r#g#h(r#h#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc(cTmR\
&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc(yT!mR&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk)aV&n`&[ZOr%Trs)vs#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk){V&n`Or%Trs*bs#o%T#p#q%T#r;'S%T\
;'S;=`%i<%lO%Tk*iT&n`&^ZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%To+PZS_&n`OY*xYZ%TZ]*x]^%T^#o*x#o#p+r#p#q*x#q#r+r#r;'S*x;'S;=`,^<%lO*x_+wTS_OY+rZ]+r^;'S+r;'S;=`,W<%lO+r_\
,ZP;=`<%l+ro,aP;=`<%l*xj,kV%rQ&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tj-XT!xY&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tj-oV%lQ&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;\
'S;=`%i<%lO%Tk.]V&n`&ZZOw%Twx.rx#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk.wV&n`Ow%Twx/^x#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk/eT&n`&]ZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk/{ThZ&n\
`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc0cTgR&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk0yXVZ&n`Oz%Tz{1f{!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk1mVaR&n`O!_%T!_!`-Q!`#o%\
T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk2ZV%oZ&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc2wTzR&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%To3_W%pZ&n`O!_%T!_!`-Q!`!a3w!a#o%T#p#q\
%T#r;'S%T;'S;=`%i<%lO%Td4OT&{S&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk4fX!fQ&n`O!O%T!O!P5R!P!Q%T!Q![6T![#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk5WV&n`O!O%T!O!P5m!P#o%T#p#q%\
T#r;'S%T;'S;=`%i<%lO%Tk5tT!rZ&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti6[a!hX&n`O!Q%T!Q![6T![!g%T!g!h7a!h!l%T!l!m9s!m#R%T#R#S6T#S#X%T#X#Y7a#Y#^%T#^#_9s#_#o%T#p#q%T#r;\
'S%T;'S;=`%i<%lO%Ti7fZ&n`O{%T{|8X|}%T}!O8X!O!Q%T!Q![8s![#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti8^V&n`O!Q%T!Q![8s![#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti8z]!hX&n`O!Q%T!Q![8s!\
[!l%T!l!m9s!m#R%T#R#S8s#S#^%T#^#_9s#_#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti9zT!hX&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk:bX%qR&n`O!P%T!P!Q:}!Q!_%T!_!`-Q!`#o%T#p#q%T#r;'S\
%T;'S;=`%i<%lO%Tj;UV%sQ&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti;ro!hX&n`O!O%T!O!P=s!P!Q%T!Q![>_![!d%T!d!e?q!e!g%T!g!h7a!h!l%T!l!m9s!m!q%T!q!rA]!r!z%T!z!\
{Bq!{#R%T#R#S>_#S#U%T#U#V?q#V#X%T#X#Y7a#Y#^%T#^#_9s#_#c%T#c#dA]#d#l%T#l#mBq#m#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti=xV&n`O!Q%T!Q![6T![#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti\
>fc!hX&n`O!O%T!O!P=s!P!Q%T!Q![>_![!g%T!g!h7a!h!l%T!l!m9s!m#R%T#R#S>_#S#X%T#X#Y7a#Y#^%T#^#_9s#_#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti?vY&n`O!Q%T!Q!R@f!R!S@f!S#R%T#R#S@\
f#S#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Ti@mY!hX&n`O!Q%T!Q!R@f!R!S@f!S#R%T#R#S@f#S#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TiAbX&n`O!Q%T!Q!YA}!Y#R%T#R#SA}#S#o%T#p#q%T#r;'S%T;'S;=\
`%i<%lO%TiBUX!hX&n`O!Q%T!Q!YA}!Y#R%T#R#SA}#S#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TiBv]&n`O!Q%T!Q![Co![!c%T!c!iCo!i#R%T#R#SCo#S#T%T#T#ZCo#Z#o%T#p#q%T#r;'S%T;'S;=`%i<%lO\
%TiCv]!hX&n`O!Q%T!Q![Co![!c%T!c!iCo!i#R%T#R#SCo#S#T%T#T#ZCo#Z#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%ToDvV{_&n`O!_%T!_!`E]!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TcEdT%{R&n`O#o%T\
#p#q%T#r;'S%T;'S;=`%i<%lO%TkEzT#gZ&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TkFbXmR&n`O!^%T!^!_F}!_!`([!`!a([!a#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TjGUV%mQ&n`O!_%T!_!`-Q!`#o%\
T#p#q%T#r;'S%T;'S;=`%i<%lO%TkGrV%zZ&n`O!_%T!_!`([!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TkH`WmR&n`O!_%T!_!`([!`!aHx!a#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TjIPV%nQ&n`O!_%T!_!`\
-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%TkIoV_Q#}P&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%ToJ_]&n`&YS%uZO!Q%T!Q![JU![!c%T!c!}JU!}#R%T#R#SJU#S#T%T#T#oJU#p#q%T#r$\
g%T$g;'SJU;'S;=`KW<%lOJUoKZP;=`<%lJUoKge&n`&YS%uZOr%Trs)Ysw%Twx.Ux!Q%T!Q![JU![!c%T!c!tJU!t!uLx!u!}JU!}#R%T#R#SJU#S#T%T#T#fJU#f#gLx#g#oJU#p#q%T#r$g%T$g;'SJU;'S;=\
`KW<%lOJUoMRa&n`&YS%uZOr%TrsNWsw%Twx! vx!Q%T!Q![JU![!c%T!c!}JU!}#R%T#R#SJU#S#T%T#T#oJU#p#q%T#r$g%T$g;'SJU;'S;=`KW<%lOJUkN_V&n`&`ZOr%TrsNts#o%T#p#q%T#r;'S%T;'S;=\
`%i<%lO%TkNyV&n`Or%Trs! `s#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk! gT&n`&bZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk! }V&n`&_ZOw%Twx!!dx#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!!iV&n`\
Ow%Twx!#Ox#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!#VT&n`&aZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%To!#oe&n`&YS%uZOr%Trs!%Qsw%Twx!&px!Q%T!Q![JU![!c%T!c!tJU!t!u!(`!u!}JU!}#R%T#R\
#SJU#S#T%T#T#fJU#f#g!(`#g#oJU#p#q%T#r$g%T$g;'SJU;'S;=`KW<%lOJUk!%XV&n`&dZOr%Trs!%ns#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!%sV&n`Or%Trs!&Ys#o%T#p#q%T#r;'S%T;'S;=`%i<%l\
O%Tk!&aT&n`&fZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!&wV&n`&cZOw%Twx!'^x#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!'cV&n`Ow%Twx!'xx#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!(PT&n`&eZO#\
o%T#p#q%T#r;'S%T;'S;=`%i<%lO%To!(ia&n`&YS%uZOr%Trs!)nsw%Twx!+^x!Q%T!Q![JU![!c%T!c!}JU!}#R%T#R#SJU#S#T%T#T#oJU#p#q%T#r$g%T$g;'SJU;'S;=`KW<%lOJUk!)uV&n`&hZOr%Trs!\
*[s#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!*aV&n`Or%Trs!*vs#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!*}T&n`&jZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!+eV&n`&gZOw%Twx!+zx#o%T#p#q%T#r;\
'S%T;'S;=`%i<%lO%Tk!,PV&n`Ow%Twx!,fx#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tk!,mT&n`&iZO#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%To!-Vi&n`&YS%uZOr%TrsNWsw%Twx! vx!Q%T!Q![JU![!c%T!c\
!dJU!d!eLx!e!hJU!h!i!(`!i!}JU!}#R%T#R#SJU#S#T%T#T#UJU#U#VLx#V#YJU#Y#Z!(`#Z#oJU#p#q%T#r$g%T$g;'SJU;'S;=`KW<%lOJUo!.}a&n`&YS%uZOr%Trs)Ysw%Twx.Ux!Q%T!Q![JU![!c%T!c\
!}JU!}#R%T#R#SJU#S#T%T#T#oJU#p#q%T#r$g%T$g;'SJU;'S;=`KW<%lOJUk!0ZT!XZ&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tc!0qT!WR&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%Tj!1XV%kQ&n`O!\
_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%T~!1sO!]~k!1zV%jR&n`O!_%T!_!`-Q!`#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%T~!2fO![~i!2mT%tX&n`O#o%T#p#q%T#r;'S%T;'S;=`%i<%lO%T",tokenizers:[
$f,Pf,Qf,Nf,0,1,2,3,4],topRules:{Script:[0,5]},specialized:[{term:221,get:n=>zf[n]||-1}],tokenPrec:7668});var Lf=Ki([{tag:S.keyword,class:"keyword"},{tag:[S.string,S.special(S.string)],class:"string"},{tag:S.escape,class:"escape"},{tag:[S.number,S.bool,S.null],class:"\
number"},{tag:S.comment,class:"comment"},{tag:[S.function(S.variableName),S.function(S.propertyName)],class:"function"},{tag:S.definition(S.variableName),class:"\
definition"},{tag:[S.className,S.definition(S.className)],class:"class"},{tag:[S.operator,S.operatorKeyword],class:"operator"},{tag:S.meta,class:"meta"}]),Wf=1e5;
function ja(n){if(n.length>Wf)return n.split(`
`).map(t=>[{text:t,kind:""}]);let e=[[]];return Aa(n,Xa.parse(n),Lf,(t,r)=>e.at(-1)?.push({text:t,kind:r}),()=>e.push([])),e}var Za=Uu(Fa());var Vf=/\x1b\[([\d;]*)m/,Df=new Set(["bold","dim","italic","underline","strikethrough"]);function If(n){if(!n.includes("\x1B["))return n===""?[]:[{text:n,classes:""}];
let[e="",...t]=n.split(Vf),r=e===""?[]:[{text:e,classes:""}],i=new Za.default;for(let o=0;o<t.length;o+=2){let s=Uf(i,t[o]??""),l=t[o+1]??"";l!==""&&r.push({text:l,
classes:s})}return r}function Uf(n,e){let t=n.processChunkJson(`${e}m`,{json:!0,use_classes:!0},!0),r=t.decorations.includes("reverse");return[r?wr(t.bg,t.bg_truecolor,
"fg"):wr(t.fg,t.fg_truecolor,"fg"),r?wr(t.fg,t.fg_truecolor,"bg"):wr(t.bg,t.bg_truecolor,"bg"),r&&t.fg===null&&t.bg===null?"tb-ansi-reverse":"",...new Set(t.decorations.
filter(o=>Df.has(o)).map(o=>`tb-ansi-${o}`))].filter(o=>o!=="").join(" ")}function wr(n,e,t){let r=/^ansi-(?:bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.
exec(n??""),i=/^ansi-palette-(\d+)$/.exec(n??""),o=r?.[1]??null;return i!==null?o=Ha(Xf(Number(i[1]))):n==="ansi-truecolor"&&(o=Ha((e??"").split(",").map(Number))),
o===null?"":`tb-ansi-${o}-${t}`}function Xf(n){let e=n-16;return e<216?[Math.floor(e/36),Math.floor(e/6)%6,e%6]:[0,0,0]}var jf=[null,"red","green","yellow","blu\
e","magenta","cyan",null];function Ha([n=0,e=0,t=0]){let r=Math.max(n,e,t),i=(o,s)=>o>0&&o>=.6*r?s:0;return jf[i(n,1)+i(e,2)+i(t,4)]??null}function Ya(n){return a(
"bdi",{class:"tb-text",children:If(Gf(n)).map((e,t)=>e.classes===""?qt(e.text):a("span",{class:e.classes,children:qt(e.text)},t))})}function Gf(n){return n.replace(
/\r+\n/g,`
`).replace(/\r/g,`␍
`)}var Ba=6e3,Ff=60,Hf=6e4;function Dt({left:n,onClick:e}){return a("button",{type:"button",class:"tb-button tb-show-more",onClick:e,children:["Show more (",n,")"]})}
function dt({text:n,label:e,isTerminal:t=!1,tone:r="plain"}){let[i,o]=E(()=>Zf(n)),s=Yf(n,Math.min(i,n.length)),l=n.slice(0,s);return a("div",{class:"tb-output-\
box",children:[a("pre",{class:`tb-pre tb-pre-${r}`,role:"group","aria-label":e,tabIndex:0,children:t?Ya(l):_(l)}),s<n.length&&a(Dt,{left:`${(n.length-s).toLocaleString(
"en")} characters`,onClick:()=>o(s+Hf)})]})}function Zf(n){let e=-1;for(let t=0;t<Ff;t+=1)if(e=n.indexOf(`
`,e+1),e===-1||e>Ba)return Math.min(Ba,n.length);return e}function Yf(n,e){return/[\ud800-\udbff]/.test(n.charAt(e-1))?e-1:e}var Bf=200,Jf=5e3,Kf=2e3;function Sr({code:n,failed:e=null}){let t=_e(()=>ja(n.replace(/\n$/,"")),[n]),[r,i]=E(Bf),o=eh(t.length,r,e);return a("div",{class:"tb-\
code",role:"group","aria-label":"Code",tabIndex:0,children:[a("code",{class:"tb-code-lines",children:t.slice(0,o).map((s,l)=>a(th,{runs:s,number:l+1,isFailed:l+
1===e},l))}),o<t.length&&a(Dt,{left:`${t.length-o} lines`,onClick:()=>i(o+1e3)})]})}function eh(n,e,t){let r=t!==null&&t<=Jf?t+5:0;return Math.min(n,Math.max(e,
r))}function th({runs:n,number:e,isFailed:t}){return a("span",{class:t?"tb-line tb-line-failed":"tb-line",...t?{role:"group","aria-label":`Line ${e}, failed her\
e`}:{},children:[a("span",{class:"tb-line-number","aria-hidden":"true",children:e}),a("bdi",{class:"tb-text",children:nh(n).map(({text:r,kind:i},o)=>i===""?qt(r):
a("span",{class:`tb-code-${i}`,children:qt(r)},o))}),t&&a("span",{class:"tb-failed-word",children:"failed here"}),`
`]})}function nh(n){let e=Kf,t=[];for(let r of n){if(r.text.length>e)return t.push({text:`${r.text.slice(0,e)} …`,kind:r.kind}),t;e-=r.text.length,t.push(r)}return t}function Ja({context:n,isShown:e}){let t=pe({context:n,isShown:e},"workflows",{thread:null},o=>o.type==="library"),[r,i]=E(null);return a("div",{class:"tb-page \
tb-workflows",children:a(we,{asked:t,children:({workflows:o})=>a(er,{context:n,label:"Workflows",empty:"No workflow yet. A cell saves one with workflows.create(\
name, source).",entries:o,chosen:r,choose:i,textOf:s=>`${s.name} ${s.description} ${s.signature} ${s.actor}`,line:s=>a($,{children:[a("span",{class:"tb-mono",children:_(
s.signature)})," · ",so(s)]}),detail:s=>a(rh,{context:n,isShown:e,id:s,choose:i},s)})})})}function rh(n){let e=pe(n,"workflow",{id:n.id},r=>r.type==="library"),
t=Se(6e4,n.isShown);return a(we,{asked:e,children:r=>a(ih,{context:n.context,detail:r,choose:n.choose,now:t})})}function ih({context:n,detail:e,choose:t,now:r}){
let{workflow:i,source:o,versions:s}=e,l=i.last_called_at;return a("article",{class:"tb-library-detail","aria-label":ke(i.name),children:[a("h3",{class:"tb-headi\
ng",children:[_(i.name)," ",a("span",{class:"tb-quiet",children:["version ",i.version]})]}),i.description===""?null:a("p",{children:_(i.description)}),a(Ye,{of:[
["Parameters",a("span",{class:"tb-mono",children:_(i.signature)})],["Success",so(i)],["Last called",l===null?"never":a(he,{at:l,now:r})],["Tests",i.tests===""?"\
none":_(i.tests)],["Saved",a($,{children:[a(he,{at:i.at,now:r})," by ",a(ce,{did:i.actor})]})],["Workspace",i.workspace===""?"the default":_(i.workspace)],["Rec\
ord",a("button",{type:"button",class:"tb-link",onClick:()=>n.open(i.id,i.thread),children:"Open the record"})]]}),a("h4",{class:"tb-label",children:"Source"}),a(
Sr,{code:o}),a("h4",{class:"tb-label",children:K(s.length,"version")}),a("ul",{class:"tb-versions","aria-label":"Versions",children:s.map(u=>a("li",{children:[a(
"button",{type:"button",class:"tb-link","aria-current":u.id===i.id?"true":void 0,onClick:()=>t(u.id),children:["Version ",u.version]})," ",a("span",{class:"tb-q\
uiet",children:[a(he,{at:u.at,now:r})," · ",a(ce,{did:u.actor})," · ",so(u)]})]},u.id))})]})}function so({calls:n,success_rate:e}){return n===0||e===null?"not\
 called yet":`${Bn(e)} of ${K(n,"call")} succeeded`}var Ka="threadbook:acknowledged";var el=new Set;function tl(n){return el.has(n)||rl().includes(n)}function nl(n){el.add(n);let e=[...rl().filter(t=>t!==n),n].slice(-200);try{globalThis.localStorage.
setItem(Ka,JSON.stringify(e))}catch{}}function rl(){try{let n=JSON.parse(globalThis.localStorage.getItem(Ka)??"[]");return Array.isArray(n)?n.filter(e=>typeof e==
"string"):[]}catch{return[]}}function ao({context:n}){let{thread:e}=n;return e===null?null:a(oh,{context:n,thread:e},e)}function oh({context:n,thread:e}){let{value:t}=pe({context:n,isShown:!0},
"health",{thread:e},l=>l.type==="health"),[,r]=E(0),i=(t?.warnings??[]).filter(l=>!tl(l.id)),[o]=i;if(o===void 0)return null;let s=()=>{i.forEach(l=>nl(l.id)),r(
l=>l+1),n.say("Acknowledged")};return a("div",{class:"tb-banner",role:"alert",children:[a("div",{class:"tb-banner-text",children:[a("strong",{children:"Warning:"}),
" ",_(o.text)," ",a("time",{dateTime:new Date(o.at).toISOString(),children:["(",ye(o.at),")"]}),i.length===1?null:` ${i.length-1} more under Health.`]}),a("butt\
on",{type:"button",class:"tb-button",onClick:s,children:"Acknowledge"})]})}var lo=[{id:"threads",label:"Threads",view:fa},{id:"decisions",label:"Decisions",view:sa},{id:"trust",label:"Trust",view:Oa},{id:"artifacts",label:"Artifacts",view:Bs},
{id:"workflows",label:"Workflows",view:Ja},{id:"health",label:"Health",view:aa}];var uo="M3 8.5l3.2 3.2L13 4.8",co="M4 4l8 8M12 4l-8 8",fo="M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8z",Sn=`${fo}M4.4 4.4l7.2 7.2`,il=`${fo}M8 5v3.2l2 1.4`,
sh={running:"M8 2.8a5.2 5.2 0 1 1-5.2 5.2",waiting:"M5.4 5.8a2.6 2.6 0 1 1 3.7 2.4c-.7.4-1.1.8-1.1 1.7M8 12.4v.6",ok:uo,error:co,interrupted:"M4.5 4.5h7v7h-7z",
timeout:il,limit:Sn,aborted:Sn,refused:Sn,died:co,cancelled:Sn,discarded:Sn,approved:uo,rejected:co,expired:il,withdrawn:"M6.5 3.5L3.5 6.5l3 3M3.5 6.5h6a3 3 0 0\
 1 0 6h-2",accepted:uo,open:fo};function vn({status:n}){return a("svg",{class:"tb-icon",viewBox:"0 0 16 16","aria-hidden":"true",children:a("path",{d:sh[n]})})}function ol(n,e,t,r,i,{start:o,isFollowing:s}){let[l,u]=E(o===null?null:{id:o,offset:null}),[f,d]=E(null),O=V(0),p=$e((b,x)=>{O.current+=1;let P=O.current;u(N=>N?.
id===b?N:{id:b,offset:null}),n.request("place",{thread:e,id:b,filter:t}).then(({offset:N})=>{P===O.current&&(u({id:b,offset:N}),x&&N!==null&&d({offset:N}))},()=>{})},
[n,e,t]),h=$e(b=>{O.current+=1,u({id:r.at(b)?.id??null,offset:b}),d({offset:b})},[r]),g=V(!0);G(()=>{l!==null&&l.id!==null&&p(l.id,!g.current&&!s),g.current=!1},
[p]);let y=V(-1);return G(()=>{let b=l===null||l.offset===null?null:r.at(l.offset);b===null||l===null||(l.id===null?u({id:b.id,offset:l.offset}):!ho(b,l.id)&&y.
current!==i&&(y.current=i,p(l.id,!1)))},[r,i,l,p]),{selected:l,reveal:f,select:h,find:p}}function ho(n,e){return n.id===e||n.end===e}var ah={running:"active",waiting:"warning",ok:"good",approved:"good",accepted:"good",error:"bad",died:"bad",rejected:"bad",refused:"bad",timeout:"bad",limit:"ba\
d",interrupted:"warning",aborted:"warning",expired:"warning"};function vr(n){return ah[n]??"quiet"}function xn(n){if(n<9.95)return`${n.toFixed(1).replace(/\.0$/,
"")} ms`;if(n<999.5)return`${Math.round(n)} ms`;if(n<59950)return`${(n/1e3).toFixed(1)} s`;let e=Math.round(n/1e3);return e<3600?`${Math.floor(e/60)} min ${Oo(e%
60)} s`:`${Math.floor(e/3600)} h ${Oo(Math.floor(e/60)%60)} min`}function al(n){let e=Math.max(0,Math.floor(n/1e3));return e<60?`${e} s`:xn(e*1e3)}var po=1,sl=36e5;
function ll(n){let e=Math.min(Math.max(n,po),sl);return .04+.96*(Math.log(e/po)/Math.log(sl/po))}function ul(n){let e=new Date(n);return[e.getHours(),e.getMinutes(),
e.getSeconds()].map(Oo).join(":")}function Oo(n){return String(n).padStart(2,"0")}function kn(n){return n.type==="cell"&&n.execution_count!==null?`cell [${n.execution_count}\
]`:n.type}function cl(n,e,t){if(n.parent===null)return!1;let r=e?.index??null;for(;r!==null;){if(r===n.parent)return!1;r=(r===e?.index?e:t(r))?.parent??null}return!0}function Qn({name:n,value:e,say:t}){let r=()=>lh(e).then(()=>t(`${n} copied`),()=>t(`${n} could not be copied`));return a("span",{class:"tb-copyable",children:[
a("code",{children:_(e)}),a("button",{type:"button",class:"tb-button tb-small","aria-label":`Copy ${n}`,onClick:()=>{r()},children:"Copy"})]})}async function lh(n){
if(navigator.clipboard!==void 0){await navigator.clipboard.writeText(n);return}let e=document.createElement("textarea");e.value=n,document.body.append(e),e.select();
let t=document.execCommand("copy");if(e.remove(),!t)throw new Error("the browser refused")}var uh=100;function vt({value:n,name:e,isOpen:t=!1}){let[r,i]=E(t),[o,s]=E(uh),l=e===void 0?null:a("span",{class:"tb-json-name",children:_(e)});if(typeof n!="ob\
ject"||n===null)return a("div",{class:"tb-json-leaf",children:[l,a(dh,{value:n,name:e??"value"})]});let u=Object.entries(n),f=Array.isArray(n)?`[${u.length}]`:`\
{${u.length}}`;return u.length===0?a("div",{class:"tb-json-leaf",children:[l,a("span",{class:"tb-quiet",children:Array.isArray(n)?"[]":"{}"})]}):a("details",{class:"\
tb-json",open:t,onToggle:d=>i(r||d.currentTarget.open),children:[a("summary",{children:[l,a("span",{class:"tb-quiet",children:f})]}),r&&a("div",{class:"tb-json-\
entries",children:[u.slice(0,o).map(([d,O])=>a(vt,{name:d,value:O},d)),o<u.length&&a(Dt,{left:`${u.length-o} entries`,onClick:()=>s(o+1e3)})]})]})}var ch=200;function dh({
value:n,name:e}){if(typeof n=="string"&&(n.length>ch||n.includes(`
`)))return a(dt,{text:n,label:e});let t=typeof n=="string"?n:String(JSON.stringify(n));return a("span",{class:`tb-json-${n===null?"null":typeof n}`,children:_(t)})}var fh=20;function mo({label:n,links:e,context:t}){let[r,i]=E(fh);return a($,{children:[a("ul",{class:"tb-links","aria-label":n,children:e.slice(0,r).map(o=>a("\
li",{children:a("button",{type:"button",role:"link",class:"tb-record-link",onClick:()=>t.open(o.id,o.thread),children:[a("span",{class:"tb-record-link-kind",children:_(
o.kind)}),a("span",{class:"tb-record-link-title",children:_(o.title)}),o.thread!==t.thread&&a("span",{class:"tb-quiet",children:["on thread ",_(o.thread)]})]})},
o.id))}),r<e.length&&a(Dt,{left:`${e.length-r} records`,onClick:()=>i(r+200)})]})}function dl(n){let e=n.toWellFormed();return hh(e)?`data:image/svg+xml;charset=utf-8,${encodeURIComponent(e)}`:null}function hh(n){if(/<!ENTITY|<\?xml-stylesheet/.
test(n))return!1;let e=new DOMParser().parseFromString(n,"image/svg+xml");if(e.querySelector("parsererror")!==null)return!1;try{return ph(e)<=4e4}catch(t){if(t instanceof
RangeError)return!1;throw t}}function ph(n){let e=new Map,t=new Map;for(let s of n.querySelectorAll("[id]"))t.set(s.id,t.get(s.id)??s);let r=s=>mh(s)?1/0:Oh(s).
map(u=>t.get(u)).reduce((u,f)=>u+(f===void 0?0:i(f)),0),i=s=>{let l=e.get(s);if(l!==void 0)return l;e.set(s,1/0);let u=s.localName.startsWith("fe")?1e3:1;for(let f of s.
children)u+=i(f);for(let{value:f}of s.attributes)u+=r(f);return e.set(s,u),u};return[...n.querySelectorAll("style")].map(s=>s.textContent??"").reduce((s,l)=>s*(1+
r(l)),i(n.documentElement))}function Oh(n){return[...n.matchAll(/#([^\s"'();,]+)/g)].map(([,e])=>e??"")}function mh(n){return/data:(?!image\/(?:png|jpeg);base64,)|\\|#[^\s"'();,]*%/i.
test(n)}function gh(n,e){this.v=n,this.k=e}function fl(n,e){(e==null||e>n.length)&&(e=n.length);for(var t=0,r=Array(e);t<e;t++)r[t]=n[t];return r}function bh(n){if(Array.
isArray(n))return n}function yh(n,e){var t=n==null?null:typeof Symbol<"u"&&n[Symbol.iterator]||n["@@iterator"];if(t!=null){var r,i,o,s,l=[],u=!0,f=!1;try{if(o=(t=
t.call(n)).next,e===0){if(Object(t)!==t)return;u=!1}else for(;!(u=(r=o.call(t)).done)&&(l.push(r.value),l.length!==e);u=!0);}catch(d){f=!0,i=d}finally{try{if(!u&&
t.return!=null&&(s=t.return(),Object(s)!==s))return}finally{if(f)throw i}}return l}}function _h(){throw new TypeError(`Invalid attempt to destructure non-iterab\
le instance.
In order to be iterable, non-array objects must have a [Symbol.iterator]() method.`)}function Th(n,e){return bh(n)||yh(n,e)||wh(n,e)||_h()}function wh(n,e){if(n){
if(typeof n=="string")return fl(n,e);var t={}.toString.call(n).slice(8,-1);return t==="Object"&&n.constructor&&(t=n.constructor.name),t==="Map"||t==="Set"?Array.
from(n):t==="Arguments"||/^(?:Ui|I)nt(?:8|16|32)(?:Clamped)?Array$/.test(t)?fl(n,e):void 0}}function xr(n){var e,t;function r(o,s){try{var l=n[o](s),u=l.value,f=u instanceof
gh;Promise.resolve(f?u.v:u).then(function(d){if(f){var O=o==="return"&&u.k?o:"next";if(!u.k||d.done)return r(O,d);d=n[O](d).value}i(!!l.done,d)},function(d){r("\
throw",d)})}catch(d){i(2,d)}}function i(o,s){o===2?e.reject(s):e.resolve({value:s,done:o}),(e=e.next)?r(e.key,e.arg):t=null}this._invoke=function(o,s){return new Promise(
function(l,u){var f={key:o,arg:s,resolve:l,reject:u,next:null};t?t=t.next=f:(e=t=f,r(o,s))})},typeof n.return!="function"&&(this.return=void 0)}xr.prototype[typeof Symbol==
"function"&&Symbol.asyncIterator||"@@asyncIterator"]=function(){return this},xr.prototype.next=function(n){return this._invoke("next",n)},xr.prototype.throw=function(n){
return this._invoke("throw",n)},xr.prototype.return=function(n){return this._invoke("return",n)};var xl=Object.entries,Sh=Object.keys,hl=Object.setPrototypeOf,vh=Object.
isFrozen,kl=Object.getPrototypeOf,Ql=Object.getOwnPropertyDescriptor,me=Object.freeze,de=Object.seal,kt=Object.create,Pl=typeof Reflect<"u"&&Reflect,Pr=Pl.apply,
Qo=Pl.construct;me||(me=function(e){return e});de||(de=function(e){return e});Pr||(Pr=function(e,t){for(var r=arguments.length,i=new Array(r>2?r-2:0),o=2;o<r;o++)
i[o-2]=arguments[o];return e.apply(t,i)});Qo||(Qo=function(e){for(var t=arguments.length,r=new Array(t>1?t-1:0),i=1;i<t;i++)r[i-1]=arguments[i];return new e(...r)});
var ft=ne(Array.prototype.forEach),xh=ne(Array.prototype.lastIndexOf),pl=ne(Array.prototype.pop),Pn=ne(Array.prototype.push),kh=ne(Array.prototype.slice),Qh=ne(
Array.prototype.splice),rn=Array.isArray,go=Rl(Set),bo=ne(Set.prototype.add),Rn=ne(Set.prototype.has),It=ne(String.prototype.toLowerCase),yo=ne(String.prototype.
toString),Ph=ne(String.prototype.match),kr=ne(String.prototype.replace),_o=ne(String.prototype.indexOf),Rh=ne(String.prototype.trim),Eh=ne(Number.prototype.toString),
Ah=ne(Boolean.prototype.toString),Ol=typeof BigInt>"u"?null:ne(BigInt.prototype.toString),ml=typeof Symbol>"u"?null:ne(Symbol.prototype.toString),ve=ne(Object.prototype.
hasOwnProperty),En=ne(Object.prototype.toString),$h=RegExp.prototype.test,Oe=function(e,t){return e instanceof RegExp&&(e.lastIndex=0),Pr($h,e,[t])},ht=Rl(TypeError);
function ne(n){return function(e){for(var t=arguments.length,r=new Array(t>1?t-1:0),i=1;i<t;i++)r[i-1]=arguments[i];return Pr(n,e,r)}}function Rl(n){return function(){
for(var e=arguments.length,t=new Array(e),r=0;r<e;r++)t[r]=arguments[r];return Qo(n,t)}}function Z(n,e){let t=arguments.length>2&&arguments[2]!==void 0?arguments[2]:
It;if(hl&&hl(n,null),!rn(e))return n;let r=e.length;for(;r--;){let i=e[r];if(typeof i=="string"){let o=t(i);o!==i&&(vh(e)||(e[r]=o),i=o)}n[i]=!0}return n}function Nh(n){
for(let e=0;e<n.length;e++)ve(n,e)||(n[e]=null);return n}function Rr(n){let e=kt(null);for(let r of xl(n)){var t=Th(r,2);let i=t[0],o=t[1];ve(n,i)&&(rn(o)?e[i]=
Nh(o):o&&typeof o=="object"&&o.constructor===Object?e[i]=Rr(o):e[i]=o)}return e}function An(n){let e=kt(null),t=Sh(n),r=t.length;for(;r--;)e[t[r]]=n[t[r]];return e}
function qh(n){switch(typeof n){case"string":return n;case"number":return Eh(n);case"boolean":return Ah(n);case"bigint":return Ol?Ol(n):"0";case"symbol":return ml?
ml(n):"Symbol()";case"undefined":return En(n);case"function":case"object":{if(n===null)return En(n);let e=n,t=Me(e,"toString");if(typeof t=="function"){let r=t(
e);return typeof r=="string"?r:En(r)}return En(n)}default:return En(n)}}function Me(n,e){for(;n!==null;){let r=Ql(n,e);if(r){if(r.get)return ne(r.get);if(typeof r.
value=="function")return ne(r.value)}n=kl(n)}function t(){return null}return t}function Ch(n,e){for(;n!==null;){let t=Ql(n,e);if(t)return t.get?ne(t.get):null;n=
kl(n)}return null}function zh(n){if(!n)return!1;try{return Oe(n,""),!0}catch{return!1}}var gl=me(["a","abbr","acronym","address","area","article","aside","audio",
"b","bdi","bdo","big","blink","blockquote","body","br","button","canvas","caption","center","cite","code","col","colgroup","content","data","datalist","dd","dec\
orator","del","details","dfn","dialog","dir","div","dl","dt","element","em","fieldset","figcaption","figure","font","footer","form","h1","h2","h3","h4","h5","h6",
"head","header","hgroup","hr","html","i","img","input","ins","kbd","label","legend","li","main","map","mark","marquee","menu","menuitem","meter","nav","nobr","o\
l","optgroup","option","output","p","picture","pre","progress","q","rp","rt","ruby","s","samp","search","section","select","shadow","slot","small","source","spa\
cer","span","strike","strong","style","sub","summary","sup","table","tbody","td","template","textarea","tfoot","th","thead","time","tr","track","tt","u","ul","v\
ar","video","wbr"]),To=me(["svg","a","altglyph","altglyphdef","altglyphitem","animatecolor","animatemotion","animatetransform","circle","clippath","defs","desc",
"ellipse","filter","font","g","glyph","glyphref","hkern","image","line","lineargradient","marker","mask","metadata","mpath","path","pattern","polygon","polyline",
"radialgradient","rect","stop","style","switch","symbol","text","textpath","title","tref","tspan","view","vkern"]),wo=me(["feBlend","feColorMatrix","feComponent\
Transfer","feComposite","feConvolveMatrix","feDiffuseLighting","feDisplacementMap","feDistantLight","feDropShadow","feFlood","feFuncA","feFuncB","feFuncG","feFu\
ncR","feGaussianBlur","feImage","feMerge","feMergeNode","feMorphology","feOffset","fePointLight","feSpecularLighting","feSpotLight","feTile","feTurbulence"]),Lh=me(
["animate","color-profile","cursor","discard","font-face","font-face-format","font-face-name","font-face-src","font-face-uri","foreignobject","hatch","hatchpath",
"mesh","meshgradient","meshpatch","meshrow","missing-glyph","script","set","solidcolor","unknown","use"]),So=me(["math","menclose","merror","mfenced","mfrac","m\
glyph","mi","mlabeledtr","mmultiscripts","mn","mo","mover","mpadded","mphantom","mroot","mrow","ms","mspace","msqrt","mstyle","msub","msup","msubsup","mtable","\
mtd","mtext","mtr","munder","munderover","mprescripts"]),Wh=me(["maction","maligngroup","malignmark","mlongdiv","mscarries","mscarry","msgroup","mstack","msline",
"msrow","semantics","annotation","annotation-xml","mprescripts","none"]),bl=me(["#text"]),yl=me(["accept","action","align","alt","autocapitalize","autocomplete",
"autopictureinpicture","autoplay","background","bgcolor","border","capture","cellpadding","cellspacing","checked","cite","class","clear","color","cols","colspan",
"command","commandfor","controls","controlslist","coords","crossorigin","datetime","decoding","default","dir","disabled","disablepictureinpicture","disableremot\
eplayback","download","draggable","enctype","enterkeyhint","exportparts","face","for","headers","height","hidden","high","href","hreflang","id","inert","inputmo\
de","integrity","ismap","kind","label","lang","list","loading","loop","low","max","maxlength","media","method","min","minlength","multiple","muted","name","nonc\
e","noshade","novalidate","nowrap","open","optimum","part","pattern","placeholder","playsinline","popover","popovertarget","popovertargetaction","poster","prelo\
ad","pubdate","radiogroup","readonly","rel","required","rev","reversed","role","rows","rowspan","spellcheck","scope","selected","shape","size","sizes","slot","s\
pan","srclang","start","src","srcset","step","style","summary","tabindex","title","translate","type","usemap","valign","value","width","wrap","xmlns"]),vo=me(["\
accent-height","accumulate","additive","alignment-baseline","amplitude","ascent","attributename","attributetype","azimuth","basefrequency","baseline-shift","beg\
in","bias","by","class","clip","clippathunits","clip-path","clip-rule","color","color-interpolation","color-interpolation-filters","color-profile","color-render\
ing","cx","cy","d","dx","dy","diffuseconstant","direction","display","divisor","dominant-baseline","dur","edgemode","elevation","end","exponent","fill","fill-op\
acity","fill-rule","filter","filterunits","flood-color","flood-opacity","font-family","font-size","font-size-adjust","font-stretch","font-style","font-variant",
"font-weight","fx","fy","g1","g2","glyph-name","glyphref","gradientunits","gradienttransform","height","href","id","image-rendering","in","in2","intercept","k",
"k1","k2","k3","k4","kerning","keypoints","keysplines","keytimes","lang","lengthadjust","letter-spacing","kernelmatrix","kernelunitlength","lighting-color","loc\
al","marker-end","marker-mid","marker-start","markerheight","markerunits","markerwidth","maskcontentunits","maskunits","max","mask","mask-type","media","method",
"mode","min","name","numoctaves","offset","operator","opacity","order","orient","orientation","origin","overflow","paint-order","path","pathlength","patterncont\
entunits","patterntransform","patternunits","pointer-events","points","preservealpha","preserveaspectratio","primitiveunits","r","rx","ry","radius","refx","refy",
"repeatcount","repeatdur","restart","result","rotate","scale","seed","shape-rendering","slope","specularconstant","specularexponent","spreadmethod","startoffset",
"stddeviation","stitchtiles","stop-color","stop-opacity","stroke-dasharray","stroke-dashoffset","stroke-linecap","stroke-linejoin","stroke-miterlimit","stroke-o\
pacity","stroke","stroke-width","style","surfacescale","systemlanguage","tabindex","tablevalues","targetx","targety","transform","transform-origin","text-anchor",
"text-decoration","text-orientation","text-rendering","textlength","type","u1","u2","unicode","values","vector-effect","viewbox","visibility","version","vert-ad\
v-y","vert-origin-x","vert-origin-y","width","word-spacing","wrap","writing-mode","xchannelselector","ychannelselector","x","x1","x2","xmlns","y","y1","y2","z",
"zoomandpan"]),_l=me(["accent","accentunder","align","bevelled","close","columnalign","columnlines","columnspacing","columnspan","denomalign","depth","dir","dis\
play","displaystyle","encoding","fence","frame","height","href","id","largeop","length","linethickness","lquote","lspace","mathbackground","mathcolor","mathsize",
"mathvariant","maxsize","minsize","movablelimits","notation","numalign","open","rowalign","rowlines","rowspacing","rowspan","rspace","rquote","scriptlevel","scr\
iptminsize","scriptsizemultiplier","selection","separator","separators","stretchy","subscriptshift","supscriptshift","symmetric","voffset","width","xmlns"]),Qr=me(
["xlink:href","xml:id","xlink:title","xml:space","xmlns:xlink"]),Mh=de(/{{[\w\W]*|^[\w\W]*}}/g),Vh=de(/<%[\w\W]*|^[\w\W]*%>/g),Dh=de(/\${[\w\W]*/g),Ih=de(/{{|}}|\${|<%|%>|&lt;%|%&gt;/),
Uh=de(/^data-[\-\w.\u00B7-\uFFFF]+$/),Xh=de(/^aria-[\-\w]+$/),Tl=de(/^(?:(?:(?:f|ht)tps?|mailto|tel|callto|sms|cid|xmpp|matrix):|[^a-z]|[a-z+.\-]+(?:[^a-z+.\-:]|$))/i),
jh=de(/^(?:\w+script|data):/i),Gh=de(/[\u0000-\u0020\u00A0\u1680\u180E\u2000-\u2029\u205F\u3000]/g),Fh=de(/^html$/i),Hh=de(/^[a-z][.\w]*(-[.\w]+)+$/i),xo=de(/<[/\w!]/g),
wl=de(/<[/\w]/g),Zh=de(/<\/no(script|embed|frames)/i),Sl=de(/\/>/i),Yh=de(/((--!?|])>)|<\/(style|script|title|xmp|textarea|noscript|iframe|noembed|noframes)/i),
Bh=de(/^[\r\n\t ]+/),le={element:1,text:3,processingInstruction:7,comment:8,document:9,documentFragment:11},Jh=me(Z({},["style","script","xmp","iframe","noembed",
"noframes","plaintext","noscript"])),Kh=function(){return typeof window>"u"?null:window},ep=function(e,t){if(typeof e!="object"||typeof e.createPolicy!="functio\
n")return null;let r=null,i="data-tt-policy-suffix";t&&t.hasAttribute(i)&&(r=t.getAttribute(i));let o="dompurify"+(r?"#"+r:"");try{return e.createPolicy(o,{createHTML(s){
return s},createScriptURL(s){return s}})}catch{return console.warn("TrustedTypes policy "+o+" could not be created."),null}},vl=function(){return{afterSanitizeAttributes:[],
afterSanitizeElements:[],afterSanitizeShadowDOM:[],beforeSanitizeAttributes:[],beforeSanitizeElements:[],beforeSanitizeShadowDOM:[],uponSanitizeAttribute:[],uponSanitizeElement:[],
uponSanitizeShadowNode:[]}},xt=function(e,t,r,i){return ve(e,t)&&rn(e[t])?Z(i.base?An(i.base):{},e[t],i.transform):r},ko=function(e,t,r){let i=ve(e,t)?e[t]:void 0;
return i&&typeof i=="object"?Rr(i):r};function El(){let n=arguments.length>0&&arguments[0]!==void 0?arguments[0]:Kh(),e=w=>El(w);if(e.version="3.4.18",e.removed=
[],!n||!n.document||n.document.nodeType!==le.document||!n.Element)return e.isSupported=!1,e;let t=n.document,r=t,i=r.currentScript,o=n.HTMLTemplateElement,s=n.Node,
l=n.Element,u=n.NodeFilter,f=n.DOMParser,d=n.trustedTypes,O=l.prototype,p=Me(O,"cloneNode"),h=Me(O,"remove"),g=Me(O,"removeAttributeNode"),y=Me(O,"nextSibling"),
b=Me(O,"childNodes"),x=Me(O,"parentNode"),P=Me(O,"shadowRoot"),N=Me(O,"attributes"),W=s&&s.prototype?Me(s.prototype,"nodeType"):null,M=s&&s.prototype?Me(s.prototype,
"nodeName"):null,z=s&&s.prototype?Me(s.prototype,"ownerDocument"):null,k=function(c){return W?W(c):c.nodeType},A=function(c){return M?M(c):c.nodeName},q=Ch(O,"n\
amespaceURI"),I=function(c){return q?q(c):c.namespaceURI};if(typeof o=="function"){let w=t.createElement("template");w.content&&w.content.ownerDocument&&(t=w.content.
ownerDocument)}let C,R="",U,B=!1,ee=0,Qe=function(){if(ee>0)throw ht('A configured TRUSTED_TYPES_POLICY callback (createHTML or createScriptURL) must not call D\
OMPurify.sanitize, as that causes infinite recursion. Do not pass a policy whose callbacks wrap DOMPurify as TRUSTED_TYPES_POLICY; see the "DOMPurify and Truste\
d Types" section of the README.')},Pe=function(c){Qe(),ee++;try{return C.createHTML(c)}finally{ee--}},X=function(c){return C&&Ur?Pe(c):c},F=function(c){Qe(),ee++;
try{return C.createScriptURL(c)}finally{ee--}},Ge=function(){return B||(U=ep(d,i),B=!0),U},ge=t,te=ge.implementation,Ee=ge.createNodeIterator,ze=ge.createDocumentFragment,
Ve=ge.getElementsByTagName,pt=r.importNode,J=vl();e.isSupported=typeof xl=="function"&&typeof x=="function"&&te&&te.createHTMLDocument!==void 0;let $n=Mh,iu=Vh,
ou=Dh,su=Uh,au=Xh,lu=jh,uu=Gh,cu=Hh,Wo=Tl,re=null,Lr=Z({},[...gl,...To,...wo,...So,...bl]),ie=null,Wr=Z({},[...yl,...vo,..._l,...Qr]),Fe=null,on=null,Mo=null,Ot=Object.
seal(kt(null,{tagCheck:{writable:!0,configurable:!1,enumerable:!0,value:null},attributeCheck:{writable:!0,configurable:!1,enumerable:!0,value:null}})),Vo=!0,Mr=!0,
Do=!1,Vr=!0,rt=!1,Qt=!0,Pt=!1,Dr=!1,Nn=null,qn=null,Ir=!1,Xt=!1,Cn=!1,Ur=!1,Io=!0,Uo=!1,Xo="user-content-",Xr=!0,jr=!1,Rt=null,jt=!1,Et=null,jo=Z({},["annotatio\
n-xml","audio","colgroup","desc","foreignobject","head","iframe","math","mi","mn","mo","ms","mtext","noembed","noframes","noscript","plaintext","script","select\
edcontent","style","svg","template","thead","title","video","xmp"]),Go=null,Fo=Z({},["audio","video","img","source","image","track"]),Ho=null,Zo=Z({},["alt","cl\
ass","for","id","label","name","pattern","placeholder","role","summary","title","value","style","xmlns"]),zn="http://www.w3.org/1998/Math/MathML",Ln="http://www\
.w3.org/2000/svg",He="http://www.w3.org/1999/xhtml",Gt=He,Gr=!1,Yo=null,du=Z({},[zn,Ln,He],yo),fu=me(Z({},["mi","mo","mn","ms","mtext"])),Fr=null,hu=me(Z({},["a\
nnotation-xml"])),Hr=null,pu=me(kt(null)),Ou=Z({},["title","style","font","a","script"]),sn=null,mu=["application/xhtml+xml","text/html"],gu="text/html",oe=null,
Wn=null,bu=t.createElement("form"),Bo=function(c){return c instanceof RegExp||c instanceof Function},Zr=function(){let c=arguments.length>0&&arguments[0]!==void 0?
arguments[0]:{};(!c||typeof c!="object")&&(c={}),c=Rr(c),sn=mu.indexOf(c.PARSER_MEDIA_TYPE)===-1?gu:c.PARSER_MEDIA_TYPE,oe=sn==="application/xhtml+xml"?yo:It,re=
xt(c,"ALLOWED_TAGS",Lr,{transform:oe}),ie=xt(c,"ALLOWED_ATTR",Wr,{transform:oe}),Yo=xt(c,"ALLOWED_NAMESPACES",du,{transform:yo}),Ho=xt(c,"ADD_URI_SAFE_ATTR",Zo,
{transform:oe,base:Zo}),Go=xt(c,"ADD_DATA_URI_TAGS",Fo,{transform:oe,base:Fo}),Et=xt(c,"FORBID_CONTENTS",jo,{transform:oe}),on=xt(c,"FORBID_TAGS",kt(null),{transform:oe}),
Mo=xt(c,"FORBID_ATTR",kt(null),{transform:oe}),jt=ve(c,"USE_PROFILES")?c.USE_PROFILES&&typeof c.USE_PROFILES=="object"?Rr(c.USE_PROFILES):c.USE_PROFILES:!1,Vo=c.
ALLOW_ARIA_ATTR!==!1,Mr=c.ALLOW_DATA_ATTR!==!1,Do=c.ALLOW_UNKNOWN_PROTOCOLS||!1,Vr=c.ALLOW_SELF_CLOSE_IN_ATTR!==!1,rt=c.SAFE_FOR_TEMPLATES||!1,Qt=c.SAFE_FOR_XML!==
!1,Pt=c.WHOLE_DOCUMENT||!1,Xt=c.RETURN_DOM||!1,Cn=c.RETURN_DOM_FRAGMENT||!1,Ur=c.RETURN_TRUSTED_TYPE||!1,Ir=c.FORCE_BODY||!1,Io=c.SANITIZE_DOM!==!1,Uo=c.SANITIZE_NAMED_PROPS||
!1,Xr=c.KEEP_CONTENT!==!1,jr=c.IN_PLACE||!1,Wo=zh(c.ALLOWED_URI_REGEXP)?c.ALLOWED_URI_REGEXP:Tl,Gt=typeof c.NAMESPACE=="string"?c.NAMESPACE:He,Fr=ko(c,"MATHML_T\
EXT_INTEGRATION_POINTS",fu),Hr=ko(c,"HTML_INTEGRATION_POINTS",hu);let m=ko(c,"CUSTOM_ELEMENT_HANDLING",pu);if(Fe=kt(null),ve(m,"tagNameCheck")&&Bo(m.tagNameCheck)&&
(Fe.tagNameCheck=m.tagNameCheck),ve(m,"attributeNameCheck")&&Bo(m.attributeNameCheck)&&(Fe.attributeNameCheck=m.attributeNameCheck),ve(m,"allowCustomizedBuiltIn\
Elements")&&typeof m.allowCustomizedBuiltInElements=="boolean"&&(Fe.allowCustomizedBuiltInElements=m.allowCustomizedBuiltInElements),de(Fe),rt&&(Mr=!1),Cn&&(Xt=
!0),jt&&((ve(c,"ALLOWED_TAGS")||ve(c,"ALLOWED_ATTR"))&&typeof console<"u"&&typeof console.warn=="function"&&console.warn("DOMPurify: USE_PROFILES overrides ALLO\
WED_TAGS and ALLOWED_ATTR. Do not use these options together."),re=Z({},bl),ie=kt(null),jt.html===!0&&(Z(re,gl),Z(ie,yl)),jt.svg===!0&&(Z(re,To),Z(ie,vo),Z(ie,Qr)),
jt.svgFilters===!0&&(Z(re,wo),Z(ie,vo),Z(ie,Qr)),jt.mathMl===!0&&(Z(re,So),Z(ie,_l),Z(ie,Qr))),Ot.tagCheck=null,Ot.attributeCheck=null,ve(c,"ADD_TAGS")&&(typeof c.
ADD_TAGS=="function"?Ot.tagCheck=c.ADD_TAGS:rn(c.ADD_TAGS)&&(re===Lr&&(re=An(re)),Z(re,c.ADD_TAGS,oe))),ve(c,"ADD_ATTR")&&(typeof c.ADD_ATTR=="function"?Ot.attributeCheck=
c.ADD_ATTR:rn(c.ADD_ATTR)&&(ie===Wr&&(ie=An(ie)),Z(ie,c.ADD_ATTR,oe))),ve(c,"ADD_FORBID_CONTENTS")&&rn(c.ADD_FORBID_CONTENTS)&&(Et===jo&&(Et=An(Et)),Z(Et,c.ADD_FORBID_CONTENTS,
oe)),Xr&&(re["#text"]=!0),Pt&&Z(re,["html","head","body"]),re.table&&(re.tbody=!0,delete on.tbody),c.TRUSTED_TYPES_POLICY){if(typeof c.TRUSTED_TYPES_POLICY.createHTML!=
"function")throw ht('TRUSTED_TYPES_POLICY configuration option must provide a "createHTML" hook.');if(typeof c.TRUSTED_TYPES_POLICY.createScriptURL!="function")
throw ht('TRUSTED_TYPES_POLICY configuration option must provide a "createScriptURL" hook.');let T=C;C=c.TRUSTED_TYPES_POLICY;try{R=Pe("")}catch(v){throw C=T,v}}else
c.TRUSTED_TYPES_POLICY===null?(C=void 0,R=""):(C===void 0&&(C=Ge()),C&&typeof R=="string"&&(R=Pe("")));Wn=me(c)},Jo=Z({},[...To,...wo,...Lh]),Ko=Z({},[...So,...Wh]),
yu=function(c,m,T){return m===He?c==="svg":m===zn?c==="svg"&&(T==="annotation-xml"||Fr[T]):!!Jo[c]},_u=function(c,m,T){return m===He?c==="math":m===Ln?c==="math"&&
Hr[T]:!!Ko[c]},Tu=function(c,m,T){return m===Ln&&!Hr[T]||m===zn&&!Fr[T]?!1:!Ko[c]&&(Ou[c]||!Jo[c])},wu=function(c){let m=I(c),T=It(A(c)),v=x(c),L=Gt,D="template";
return v&&k(v)===le.element&&(L=I(v),D=It(A(v))),Yo[m]?m===Ln?yu(T,L,D):m===zn?_u(T,L,D):m===He?Tu(T,L,D):sn==="application/xhtml+xml":!1},mt=function(c){Pn(e.removed,
{element:c});try{x(c).removeChild(c)}catch{if(h(c),!x(c))throw ht("a node selected for removal could not be detached from its tree and cannot be safely returned\
; refusing to sanitize in place")}},es=function(c,m,T){try{g(c,m)}catch{try{c.removeAttribute(T)}catch{}}},Yr=function(c){Kr(c);let m=b(c);m&&ft(kh(m),T=>{try{h(
T)}catch{}}),k(c)===le.element&&Br(c,!1)},Ft=function(c,m,T){if(!T)try{T=m.getAttributeNode(c)}catch{T=null}if(Pn(e.removed,{attribute:T||null,from:m}),T)es(m,T,
c);else try{m.removeAttribute(c)}catch{}if(c==="is")if(Xt||Cn)try{mt(m)}catch{}else try{m.setAttribute(c,"")}catch{}},Br=function(c,m){let T=N(c);if(T)for(let v=T.
length-1;v>=0;--v){let L=T[v],D=L&&L.name;typeof D=="string"&&!(m&&ie[oe(D)])&&es(c,L,D)}},Jr=function(c,m){let T=arguments.length>2&&arguments[2]!==void 0?arguments[2]:
!1,v=[c];for(;v.length>0;){let L=v.pop();if(m(L)===!1)continue;if(T&&k(L)===le.element){let j=P(L);Ht(j)&&v.push(j)}let D=b(L);if(D)for(let j=D.length-1;j>=0;--j)
v.push(D[j])}},Kr=function(c){Jr(c,m=>{k(m)===le.element&&Br(m,!0)})},ei=function(c){let m=[];return Jr(c,T=>{m.push(T)},!0),m},Su=function(c,m){let T=go();ft(ei(
c),v=>{k(v)===le.element&&bo(T,v)}),ft(m,v=>{k(v)===le.element&&!Rn(T,v)&&Br(v,!0)})},ts=function(c,m){let T=!1;return ft(e.removed,v=>{v.element&&(T=T||v.element===
c,Kr(v.element))}),Su(c,m),T},vu=8,xu=function(c,m){let T=Rt,v=null,L=()=>(v||(v=go(),ft(m,D=>{bo(v,D)})),v);for(let D=0;;D++){let j=ei(c),fe=[c],it=!1;if(ft(j,
Ie=>{k(Ie)===le.documentFragment?Pn(fe,Ie):!it&&!Rn(T,Ie)&&(it=Rn(L(),Ie))}),!it)return;if(D>=vu)throw ht("the tree kept changing during in-place sanitization; \
refusing to return it");ft(fe,(Ie,Ae)=>{ku(Ie,Ae>0,c,L())})}},ku=function(c,m,T,v){let L=Mn(c),D;for(;D=L.nextNode();)!Rn(v,D)||Rn(Rt,D)||(m&&De(J.uponSanitizeShadowNode,
D,null),ii(D,T))},Qu=function(c){Rt&&bo(Rt,c)},ns=function(c,m){return Qt?c==="patchsrc"?!0:c==="for"&&m!=="label"&&m!=="output":!1},Pu=function(c){Qt&&Jr(c,m=>{
let T=k(m);if(T===le.processingInstruction||T===le.comment&&Oe(wl,m.data)){try{h(m)}catch{}return!1}if(T===le.element){let v=m,L=oe(A(m));try{v.hasAttribute&&v.
hasAttribute("patchsrc")&&v.removeAttribute("patchsrc"),v.hasAttribute&&v.hasAttribute("for")&&ns("for",L)&&v.removeAttribute("for")}catch{}}return!0})},rs=function(c){
let m=null,T=null;if(Ir)c="<remove></remove>"+c;else{let D=Ph(c,Bh);T=D&&D[0]}sn==="application/xhtml+xml"&&Gt===He&&(c='<html xmlns="http://www.w3.org/1999/xht\
ml"><head></head><body>'+c+"</body></html>");let v=C?Pe(c):c;if(Gt===He)try{m=new f().parseFromString(v,sn)}catch{}if(!m||!m.documentElement){m=te.createDocument(
Gt,"template",null);try{m.documentElement.innerHTML=Gr?R:v}catch{}}let L=m.body||m.documentElement;return c&&T&&L.insertBefore(t.createTextNode(T),L.childNodes[0]||
null),Gt===He?Ve.call(m,Pt?"html":"body")[0]:Pt?m.documentElement:L},Mn=function(c){let m=arguments.length>1&&arguments[1]!==void 0?arguments[1]:!1,T=z?z(c):c.ownerDocument;
return Ee.call(T||c,c,(m?0:u.SHOW_ELEMENT)|u.SHOW_COMMENT|u.SHOW_TEXT|u.SHOW_PROCESSING_INSTRUCTION|u.SHOW_CDATA_SECTION,null)},ti=function(c){return c=kr(c,$n,
" "),c=kr(c,iu," "),c=kr(c,ou," "),c},ni=function(c){var m;ri(c);let T=(m=c.querySelectorAll)===null||m===void 0?void 0:m.call(c,"template");T&&ft(T,v=>{Ht(v.content)&&
ni(v.content)})},ri=function(c){c.normalize();let m=Mn(c,!0),T=m.nextNode();for(;T;)T.data=ti(T.data),T=m.nextNode()},Vn=function(c){let m=M?M(c):null;return typeof m!=
"string"||oe(m)!=="form"?!1:typeof c.nodeName!="string"||typeof c.textContent!="string"||typeof c.removeChild!="function"||c.attributes!==N(c)||typeof c.removeAttribute!=
"function"||typeof c.removeAttributeNode!="function"||typeof c.getAttributeNode!="function"||typeof c.setAttribute!="function"||typeof c.namespaceURI!="string"||
typeof c.insertBefore!="function"||typeof c.hasChildNodes!="function"||c.nodeType!==W(c)||c.childNodes!==b(c)},is=function(c){if(!W||typeof c!="object"||c===null)
return null;try{let m=W(c);return typeof m=="number"?m:null}catch{return null}},Ht=function(c){return is(c)===le.documentFragment},an=function(c){return is(c)!==
null};function De(w,c,m){w.length!==0&&ft(w,T=>{T.call(e,c,m,Wn)})}let Ru=function(c,m,T){return!!(Qt&&T===le.element&&c.hasChildNodes()&&!an(c.firstElementChild)&&
Oe(xo,c.textContent)&&Oe(xo,c.innerHTML)||Qt&&Jh[m]&&T===le.element&&I(c)===He&&(an(c.firstElementChild)||typeof c.textContent=="string"&&Oe(xo,c.textContent))||
T===le.processingInstruction||Qt&&T===le.comment&&Oe(wl,c.data))},Dn=function(c,m){if(c instanceof RegExp)return Oe(c,m);if(c instanceof Function){for(var T=arguments.
length,v=new Array(T>2?T-2:0),L=2;L<T;L++)v[L-2]=arguments[L];return!!c(m,...v)}return!1},Eu=function(c,m,T){if(!on[m]&&as(m)&&Dn(Fe.tagNameCheck,m))return!1;if(Xr&&
!Et[m]&&!Et[It(m)]){let v=x(c),L=b(c);if(L&&v){let D=L.length;for(let j=D-1;j>=0;--j){let fe=c===T?p(L[j],!0):L[j];v.insertBefore(fe,y(c))}}}return mt(c),!0},os=function(c,m,T,v){
return c.length===0?m:m===T||m===v?An(m):m},Zt=function(c,m){return c===m||x(c)!==null?!1:(jr&&Kr(c),!0)},Au=function(c,m){if(Qu(c),De(J.beforeSanitizeElements,
c,null),Zt(c,m))return!0;if(Vn(c))return mt(c),!0;let T=oe(A(c)),v=k(c);if(re=os(J.uponSanitizeElement,re,Lr,Nn),De(J.uponSanitizeElement,c,{tagName:T,allowedTags:re}),
Zt(c,m))return!0;if(Ru(c,T,v))return mt(c),!0;if(on[T]||!(Ot.tagCheck instanceof Function&&Ot.tagCheck(T))&&!re[T]){let L=Eu(c,T,m);return L===!1&&(De(J.afterSanitizeElements,
c,null),Zt(c,m))?!0:L}if(v===le.element&&!wu(c)||(T==="noscript"||T==="noembed"||T==="noframes")&&Oe(Zh,c.innerHTML))return mt(c),!0;if(rt&&v===le.text){let L=c.
textContent,D=ti(L);L!==D&&(Pn(e.removed,{element:c.cloneNode()}),c.textContent=D)}return De(J.afterSanitizeElements,c,null),Zt(c,m)},ss=function(c,m,T){if(Mo[m]||
ns(m,c)||Io&&(m==="id"||m==="name")&&(T in t||T in bu))return!1;let v=ie[m]||Ot.attributeCheck instanceof Function&&Ot.attributeCheck(m,c);if(Mr&&Oe(su,m)||Vo&&
Oe(au,m))return!0;if(!v)return as(c)&&Dn(Fe.tagNameCheck,c)&&Dn(Fe.attributeNameCheck,m,c)||m==="is"&&Fe.allowCustomizedBuiltInElements&&Dn(Fe.tagNameCheck,T);if(Ho[m])
return!0;let L=kr(T,uu,"");return Oe(Wo,L)||(m==="src"||m==="xlink:href"||m==="href")&&c!=="script"&&_o(T,"data:")===0&&Go[c]||Do&&!Oe(lu,L)?!0:!T},$u=Z({},["an\
notation-xml","color-profile","font-face","font-face-format","font-face-name","font-face-src","font-face-uri","missing-glyph"]),as=function(c){return!$u[It(c)]&&
Oe(cu,c)},Nu=function(c,m,T,v){if(C&&typeof d=="object"&&typeof d.getAttributeType=="function"&&!T)switch(d.getAttributeType(c,m)){case"TrustedHTML":return Pe(v);case"\
TrustedScriptURL":return F(v)}return v},qu=function(c,m,T,v){try{return T?c.setAttributeNS(T,m,v):c.setAttribute(m,v),Vn(c)?(mt(c),!1):!0}catch{return Ft(m,c),!1}},
ls=function(c,m){return Qt&&Oe(Yh,m)?!0:It(c)==="attributename"&&_o(m,"href")!==-1},Cu=function(c,m){if(De(J.beforeSanitizeAttributes,c,null),Zt(c,m))return;let T=c.
attributes;if(!T||Vn(c))return;ie=os(J.uponSanitizeAttribute,ie,Wr,qn);let v={attrName:"",attrValue:"",keepAttr:!0,allowedAttributes:ie,forceKeepAttr:void 0},L=T.
length,D=oe(A(c));for(;L--;){let j=T[L],fe=j.name,it=j.namespaceURI,Ie=j.value,Ae=oe(fe),Ze=Ie,be=fe==="value"?Ze:Rh(Ze),us=!1;if(v.attrName=Ae,v.attrValue=be,v.
keepAttr=!0,v.forceKeepAttr=void 0,De(J.uponSanitizeAttribute,c,v),be=v.attrValue,Uo&&(Ae==="id"||Ae==="name")&&_o(be,Xo)!==0&&(Ft(fe,c,j),be=Xo+be,us=!0),ls(fe,
be)){Ft(fe,c,j);continue}if(!v.forceKeepAttr){if(!v.keepAttr){Ft(fe,c,j);continue}if(!Vr&&Oe(Sl,be)){Ft(fe,c,j);continue}if(rt&&(be=ti(be)),!ss(D,Ae,be)){Ft(fe,
c,j);continue}be=Nu(D,Ae,it,be),be!==Ze&&qu(c,fe,it,be)&&us&&pl(e.removed)}}De(J.afterSanitizeAttributes,c,null),Zt(c,m)},ii=function(c,m){Au(c,m),Cu(c,m),Ht(c.
content)&&oi(c.content)},oi=function(c){let m=null,T=Mn(c);for(De(J.beforeSanitizeShadowDOM,c,null);m=T.nextNode();)if(De(J.uponSanitizeShadowNode,m,null),ii(m,
c),k(m)===le.element){let v=P(m);Ht(v)&&(si(v),oi(v))}rt&&ri(c),De(J.afterSanitizeShadowDOM,c,null)},si=function(c){let m=[{node:c,shadow:null}];for(;m.length>0;){
let T=m.pop();if(T.shadow){oi(T.shadow);continue}let v=T.node,L=k(v)===le.element,D=b(v);if(D)for(let j=D.length-1;j>=0;--j)m.push({node:D[j],shadow:null});if(L){
let j=M?M(v):null;if(typeof j=="string"&&oe(j)==="template"){let fe=v.content;Ht(fe)&&m.push({node:fe,shadow:null})}}if(L){let j=P(v);Ht(j)&&m.push({node:null,shadow:j},
{node:j,shadow:null})}}};return e.sanitize=function(w){let c=arguments.length>1&&arguments[1]!==void 0?arguments[1]:{},m=null,T=null,v=null,L=null;if(Gr=!w,Gr&&
(w="<!-->"),typeof w!="string"&&!an(w)&&(w=qh(w),typeof w!="string"))throw ht("dirty is not a string, aborting");if(!e.isSupported)return w;Dr?(re=Nn,ie=qn):Zr(
c),e.removed=[];let D=jr&&typeof w!="string"&&an(w),j=[],fe=Rt;if(D){Pu(w);let Ze=A(w);if(typeof Ze=="string"){let be=oe(Ze);if(!re[be]||on[be])throw Yr(w),ht("\
root node is forbidden and cannot be sanitized in-place")}if(Vn(w))throw Yr(w),ht("root node is clobbered and cannot be sanitized in-place");j=ei(w),Rt=go()}else if(an(
w))m=rs("<!---->"),T=m.ownerDocument.importNode(w,!0),T.nodeType===le.element&&T.nodeName==="BODY"||T.nodeName==="HTML"?m=T:m.appendChild(T),si(m);else{if(!Xt&&
!rt&&!Pt&&w.indexOf("<")===-1)return X(w);if(m=rs(w),!m)return Xt?null:Ur?R:""}m&&Ir&&mt(m.firstChild);let it=D?w:m;try{D&&si(w);let Ze=Mn(it);for(;v=Ze.nextNode();)
ii(v,it);D&&xu(w,j)}catch(Ze){throw D&&(Yr(w),ts(w,j)),Ze}finally{Rt=fe}if(D){if(ts(w,j))throw ht("a node selected for removal could not be safely returned; ref\
using to sanitize in place");return rt&&ni(w),w}if(Xt){if(rt&&ni(m),Cn)for(L=ze.call(m.ownerDocument);m.firstChild;)L.appendChild(m.firstChild);else L=m;return(ie.
shadowroot||ie.shadowrootmode)&&(L=pt.call(r,L,!0)),L}let Ie=()=>Pt?m.outerHTML:m.innerHTML,Ae=Ie();return rt&&Oe(Ih,Ae)&&(ri(m),Ae=Ie()),Pt&&re["!doctype"]&&m.
ownerDocument&&m.ownerDocument.doctype&&m.ownerDocument.doctype.name&&Oe(Fh,m.ownerDocument.doctype.name)&&(Ae="<!DOCTYPE "+m.ownerDocument.doctype.name+`>
`+Ae),X(Ae)},e.setConfig=function(){let w=arguments.length>0&&arguments[0]!==void 0?arguments[0]:{};Zr(w),Dr=!0,Nn=re,qn=ie},e.clearConfig=function(){Wn=null,Dr=
!1,Nn=null,qn=null,C=U,R=""},e.isValidAttribute=function(w,c,m){Wn||Zr({});let T=oe(w),v=oe(c);return typeof m=="string"&&(ls(c,m)||!Vr&&Oe(Sl,m))?!1:ss(T,v,m)},
e.addHook=function(w,c){typeof c=="function"&&ve(J,w)&&Pn(J[w],c)},e.removeHook=function(w,c){if(ve(J,w)){if(c!==void 0){let m=xh(J[w],c);return m===-1?void 0:Qh(
J[w],m,1)[0]}return pl(J[w])}},e.removeHooks=function(w){ve(J,w)&&(J[w]=[])},e.removeAllHooks=function(){J=vl()},e}var Al=El();var tp=/^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/\s]+={0,2}\s*$/;function Po(n){return tp.test(n)}function $l(n,e){let t=`data:${n};base64,${e.replace(/\s/g,
"")}`;return Po(t)?t:null}var np=["b","blockquote","br","caption","code","col","colgroup","dd","del","div","dl","dt","em","figcaption","figure","h1","h2","h3","h4","h5","h6","hr","i","im\
g","ins","kbd","li","ol","p","pre","s","samp","small","span","strong","sub","sup","table","tbody","td","tfoot","th","thead","tr","u","ul","var"],rp={ALLOWED_TAGS:np,
ALLOWED_ATTR:["alt","colspan","rowspan","scope","src"],ALLOW_ARIA_ATTR:!1,ALLOW_DATA_ATTR:!1,RETURN_DOM_FRAGMENT:!0},ip=new Set(["align","bgcolor","body","borde\
r","cellpadding","cellspacing","class","color","dir","height","id","lang","nowrap","scoped","style","title","valign","width"]),Er=null;function op(){return Er===
null&&(Er=Al(window),Er.addHook("uponSanitizeAttribute",(n,e)=>{e.attrName==="src"&&(e.keepAttr=n.nodeName==="IMG"&&Po(e.attrValue))})),Er}function sp(n){let e=op(),
t=e.sanitize(n,rp),r=new Set;for(let i of e.removed){let s=("element"in i?i.element.nodeName:i.attribute?.name??"").toLowerCase().replace(/^#/,"");s!==""&&!ip.has(
s)&&!s.startsWith("data-")&&r.add(s)}for(let i of t.querySelectorAll("img:not([src])"))i.replaceWith(`[image left out] ${i.getAttribute("alt")??""}`),r.add("img");
return ap(t),{content:t,leftOut:[...r].sort()}}function ap(n){let e=document.createTreeWalker(n,NodeFilter.SHOW_TEXT),t=[];for(;e.nextNode();)t.push(e.currentNode);
for(let r of t){let i=Nt(r.data);i.length===1&&i[0]===r.data||r.replaceWith(...i.map(o=>{if(typeof o=="string")return o;let s=document.createElement("span");return s.
className="tb-mark",s.title=o.meaning,s.textContent=o.label,s}))}}var lp=1e6;function Nl(n){return n.length<=lp}function ql({source:n,label:e}){let t=V(null),{content:r,
leftOut:i}=_e(()=>sp(n),[n]);return xe(()=>{t.current?.replaceChildren(r.cloneNode(!0))},[r]),a($,{children:[a("div",{ref:t,class:"tb-html",role:"group","aria-l\
abel":e,tabIndex:0}),i.length>0&&a("p",{class:"tb-aside",children:["Left out of this HTML for safety: ",i.slice(0,12).join(", ")]})]})}function zl({outputs:n}){return a("div",{class:"tb-outputs",children:n.map((e,t)=>a(up,{output:e,label:`Output ${t+1}`},t))})}function up({output:n,label:e}){switch(n.
output_type){case"stream":{let t=n.name==="stderr";return a(dt,{text:Ro(n.text),label:`${e}, ${t?"stderr":"stdout"}`,isTerminal:!0,tone:t?"stderr":"plain"})}case"\
error":{let t=Ro((n.traceback??[]).join(`
`)),r=t===""?`${n.ename??""}: ${n.evalue??""}`:t;return a(dt,{text:r,label:`${e}, traceback`,isTerminal:!0,tone:"error"})}default:return a(dp,{data:n.data??{},label:e})}}
var cp=["image/png","image/jpeg","image/svg+xml","text/html","text/markdown","text/latex","application/json","text/plain"];function dp({data:n,label:e}){for(let r of cp){
let i=r in n?fp(r,n[r],e):null;if(i!==null)return i}let t=Object.keys(n).join(", ");return a("p",{class:"tb-aside",children:["Not shown here: ",_(t===""?"an emp\
ty output":t)]})}function fp(n,e,t){let r=Ro(e);switch(n){case"image/png":case"image/jpeg":{let i=$l(n,r);return i===null?null:a(Cl,{url:i,label:t})}case"image/\
svg+xml":{let i=r===""?null:dl(r);return i===null?null:a(Cl,{url:i,label:t})}case"text/html":return Nl(r)?a(ql,{source:r,label:t}):null;case"application/json":return a(
vt,{value:e,isOpen:!0});default:return a(dt,{text:r,label:t,isTerminal:n==="text/plain"})}}function Cl({url:n,label:e}){return a("div",{class:"tb-picture",children:a(
"img",{src:n,alt:`${e}, an image`,decoding:"async"})})}function Ro(n){return Array.isArray(n)?n.map(String).join(""):typeof n=="string"?n:""}var hp={verified:"Signature verified",unsigned:"Not signed: the actor is a name without a key",invalid:"The signature does not hold"};function Ll({proof:n}){let{
signature:e,id_holds:t,checkpoint:r}=n;return a("ul",{class:"tb-proof",children:[a("li",{"data-tone":e==="verified"?"good":e==="invalid"?"bad":"quiet",children:hp[e]}),
a("li",{"data-tone":t?"good":"bad",children:t?"Id matches the stored bytes":"Id does not match the stored bytes"}),a("li",{"data-tone":r===null?"quiet":"good",children:r===
null?"Not yet covered by a signed checkpoint":a($,{children:["Covered by a checkpoint of ",K(r.size,"record"),", ",ye(r.at),", by"," ",_(Le(r.actor))]})})]})}function Wl({id:n,context:e,onJudged:t}){let[r,i]=E(""),[o,s]=E(""),[l,u]=E(null),[f,d]=E(!1),O=Te(),p=h=>{if(r.trim()===""){u({type:"Missing",message:"A verdic\
t needs a reason.",remedy:"write why, in a few words"});return}d(!0),u(null);let g={judges:n,verdict:h,reason:r.trim()};e.transport.request("judge",o.trim()===""?
g:{...g,domain:o.trim()}).then(()=>{i(""),e.say(h==="accept"?"Accepted":"Rejected"),t()},y=>u(Be(y))).finally(()=>d(!1))};return a("form",{class:"tb-verdict","a\
ria-label":"Verdict",onSubmit:h=>h.preventDefault(),children:[a("div",{class:"tb-fields",children:[a("div",{class:"tb-labelled tb-labelled-wide",children:[a("la\
bel",{for:`${O}-reason`,children:"Reason"}),a("input",{id:`${O}-reason`,class:"tb-field",value:r,"aria-required":"true",onInput:h=>i(h.currentTarget.value)})]}),
a("div",{class:"tb-labelled",children:[a("label",{for:`${O}-domain`,children:"Domain"}),a("input",{id:`${O}-domain`,class:"tb-field",placeholder:"as recorded",value:o,
onInput:h=>s(h.currentTarget.value)})]})]}),l!==null&&a(ot,{problem:l}),a("div",{class:"tb-buttons",children:[a("button",{type:"button",class:"tb-button",disabled:f,
onClick:()=>p("accept"),children:"Accept"}),a("button",{type:"button",class:"tb-button",disabled:f,onClick:()=>p("reject"),children:"Reject"})]})]})}function Ml({id:n,context:e,isShown:t,target:r,onClose:i}){let o=Op(n),s=pe({context:e,isShown:t},"record",{id:o},d=>d.type==="trust"||d.type==="rows"&&d.rows.some(
O=>ho(O,o))),l=V(null),u=V(null),f=V(null);return xe(()=>{r?.id===n&&f.current!==r&&(f.current=r,l.current?.focus({preventScroll:!0}))},[r,n]),xe(()=>{u.current?.
scrollTo(0,0)},[s.value?.id]),a("section",{ref:l,class:"tb-record","aria-label":"Record",tabIndex:-1,onKeyDown:d=>{d.key==="Escape"&&(d.preventDefault(),d.stopPropagation(),
i())},children:[a("div",{class:"tb-record-top",children:[a("span",{class:"tb-label",children:"Record"}),a("button",{type:"button",class:"tb-button tb-small",onClick:i,
children:"Close"})]}),a("div",{ref:u,class:"tb-record-scroll","aria-busy":s.value===null,children:a(we,{asked:s,children:d=>a(mp,{record:d,context:e,reload:s.reload},
d.id)})})]})}var pp=100;function Op(n){let[e,t]=E(n);return G(()=>{let r=setTimeout(()=>t(n),pp);return()=>clearTimeout(r)},[n]),e}function mp({record:n,context:e,
reload:t}){let{code:r,outputs:i,error:o}=n;return a($,{children:[a(gp,{record:n,context:e}),o!==null&&a("p",{class:"tb-error",role:"note","aria-label":"Error",children:[
a("strong",{children:_(o.name)})," ",_(o.value),o.line!==null&&a("span",{class:"tb-quiet",children:[" line ",o.line]})]}),r!==null&&a(nt,{title:"Code",children:[
a(Sr,{code:r,failed:o?.line??null}),n.code_is_cut&&a("p",{class:"tb-aside",children:"Only the beginning of the code is here."})]}),i.length>0&&a(nt,{title:i.length===
1?"Output":"Outputs",children:[a(zl,{outputs:i}),n.outputs_are_cut&&a("p",{class:"tb-aside",children:"Only a part of the outputs is here."})]}),n.arguments!==null&&
a(nt,{title:"Arguments",children:a(vt,{value:n.arguments,isOpen:!0})}),n.result!==null&&n.result!==void 0&&a(nt,{title:"Result",children:a(bp,{value:n.result})}),
n.artifacts.length>0&&a(nt,{title:"Artifacts",children:a(yp,{artifacts:n.artifacts,context:e})}),a(_p,{record:n,context:e,onJudged:t}),n.parents.length>0&&a(nt,
{title:"Came from",children:a(mo,{label:"Parents",links:n.parents,context:e})}),n.children.length>0&&a(nt,{title:"Led to",children:a(mo,{label:"Children",links:n.
children,context:e})}),a(nt,{title:"Proof",children:a(Ll,{proof:n.proof})}),a(nt,{title:"As recorded",children:a(Tp,{record:n,say:e.say})})]})}function nt({title:n,
children:e}){return a("section",{class:"tb-part",children:[a("h4",{class:"tb-label",children:n}),e]})}function gp({record:n,context:e}){let{row:t}=n,{jump:r}=e,
i=t?.cell_id??null;return a("header",{class:"tb-record-head",children:[a("h3",{class:"tb-record-title",children:[a("span",{class:"tb-record-type",children:t===null?
_(n.kind):kn(t)})," ",t!==null&&_(t.title)]}),a("p",{class:"tb-record-line",children:[t!==null&&t.status!=="none"&&a("span",{class:"tb-status","data-tone":vr(t.
status),children:[a(vn,{status:t.status}),t.status]}),t!==null&&t.duration_ms!==null&&a("span",{children:xn(t.duration_ms)}),a(ce,{did:n.actor}),t!==null&&t.sandbox!==
null&&a("span",{children:["sandbox ",_(t.sandbox)]}),a("time",{dateTime:new Date(n.at).toISOString(),children:ye(n.at)})]}),t!==null&&t.detail!==""&&n.error===null&&
a("p",{children:_(t.detail)}),r!==void 0&&i!==null&&a("button",{type:"button",class:"tb-button",onClick:()=>r(i),children:"Show in notebook"})]})}function bp({value:n}){
return typeof n=="string"?a(dt,{text:n,label:"Result",isTerminal:!0}):a(vt,{value:n,isOpen:!0})}function yp({artifacts:n,context:e}){return a("ul",{class:"tb-li\
nks","aria-label":"Artifacts",children:n.map(t=>a("li",{children:[a("button",{type:"button",role:"link",class:"tb-record-link",onClick:()=>e.open(t.id,t.thread),
children:[a("span",{class:"tb-record-link-kind",children:[_(t.type),", ",Ct(t.size)]}),a("span",{class:"tb-record-link-title",children:[_(t.name)," v",t.version]}),
a("span",{class:"tb-quiet",children:_(t.description)})]}),t.preview!==""&&a(dt,{text:t.preview,label:`Preview, version ${t.version}`})]},t.id))})}function _p({record:n,
context:e,onJudged:t}){let{verdicts:r}=n,{canWrite:i}=e.transport;return r.length===0&&!i?null:a(nt,{title:"Verdicts",children:[r.length>0&&a("ul",{class:"tb-ve\
rdicts",children:r.map(({id:o,verdict:s,actor:l,reason:u,at:f,domain:d})=>a("li",{children:[a("span",{class:"tb-status","data-tone":s==="accept"?"good":"bad",children:[
a(vn,{status:s==="accept"?"accepted":"rejected"}),s==="accept"?"accepted":"rejected"]})," ",_(u),a("span",{class:"tb-quiet",children:[" ",_(Le(l)),", ",_(d),", ",
ye(f)]})]},o))}),i&&a(Wl,{id:n.id,context:e,onJudged:t})]})}function Tp({record:n,say:e}){return a($,{children:[a(Ye,{of:[["Id",a(Qn,{name:"id",value:n.id,say:e})],
["Ended by",n.end===null?null:a(Qn,{name:"id of end",value:n.end,say:e})],["Thread",a(Qn,{name:"thread",value:n.thread,say:e})],["Actor",a(Qn,{name:"actor",value:n.
actor,say:e})],["Kind",_(`${n.act} ${n.kind}`)],["Seq",String(n.seq)],["Clock",String(n.clock)]]}),a(vt,{name:"body",value:n.body}),n.end_body!==null&&a(vt,{name:"\
body of end",value:n.end_body})]})}function Ar(n){let{label:e,values:t,chosen:r,name:i=y=>y,onChange:o}=n,[s,l]=E(!1),u=V(null),f=V(null),d=Te(),O=()=>[...u.current?.querySelectorAll('[role^="men\
uitem"]')??[]];xe(()=>{s&&O()[0]?.focus()},[s]),G(()=>{if(!s)return;let y=x=>{u.current?.contains(x.target)||l(!1)},b=u.current?.ownerDocument;return b?.addEventListener(
"pointerdown",y,!0),b?.addEventListener("focusin",y),()=>{b?.removeEventListener("pointerdown",y,!0),b?.removeEventListener("focusin",y)}},[s]);let p=()=>{l(!1),
f.current?.focus()},h=y=>{let b=O(),x=b.indexOf(y.target),P={ArrowDown:(x+1)%b.length,ArrowUp:(x-1+b.length)%b.length,Home:0,End:b.length-1}[y.key];P!==void 0?b[P]?.
focus():(y.key==="Escape"||y.key==="Tab")&&p(),(P!==void 0||y.key==="Escape")&&y.preventDefault(),y.stopPropagation()},g=y=>o(r.includes(y)?r.filter(b=>b!==y):[
...r,y]);return a("div",{ref:u,class:"tb-menu",children:[a("button",{ref:f,type:"button",class:"tb-button tb-menu-button","aria-label":e,"aria-description":r.length===
0?void 0:`${r.length} chosen`,"aria-haspopup":"menu","aria-expanded":s,"aria-controls":s?d:void 0,"data-chosen":r.length>0,onClick:()=>l(!s),children:[e,r.length>
0&&a("span",{class:"tb-count",children:r.length}),a("span",{class:"tb-caret","aria-hidden":"true"})]}),s&&a("div",{id:d,class:"tb-menu-items",role:"menu","aria-\
label":e,onKeyDown:h,children:[t.map(y=>a("button",{type:"button",class:"tb-menu-item",role:"menuitemcheckbox","aria-checked":r.includes(y),tabIndex:-1,onClick:()=>g(
y),children:_(i(y))},y)),a("button",{type:"button",class:"tb-menu-item tb-menu-all",role:"menuitem",tabIndex:-1,onClick:()=>{o([]),p()},children:"Show all"})]})]})}var wp=200;function Vl({rows:n,filter:e,search:t,onChange:r,onLeave:i,children:o}){let{types:s=[],actors:l=[],statuses:u=[],max_depth:f=null}=e;return a($,{children:[
a(Sp,{text:e.text??"",search:t,onChange:d=>r({...e,text:d}),onLeave:i}),o,a(Ar,{label:"Kinds",values:n.types,chosen:s,onChange:d=>r({...e,types:d})}),a(Ar,{label:"\
Actors",values:n.actors,chosen:l,name:Le,onChange:d=>r({...e,actors:d})}),a(Ar,{label:"Statuses",values:n.statuses.filter(d=>d!=="none"),chosen:u,onChange:d=>r(
{...e,statuses:d})}),a("button",{type:"button",class:"tb-button","aria-pressed":f===0,onClick:()=>r({...e,max_depth:f===0?null:0}),children:"Top level only"})]})}
function Sp({text:n,search:e,onChange:t,onLeave:r}){let[i,o]=E(n),s=V(t);return s.current=t,G(()=>o(n),[n]),G(()=>{if(i===n)return;let l=setTimeout(()=>s.current(
i),wp);return()=>clearTimeout(l)},[i,n]),a("input",{ref:e,class:"tb-field tb-search",type:"search","aria-label":"Filter",placeholder:"Filter",spellcheck:!1,value:i,
onInput:l=>o(l.currentTarget.value),onKeyDown:l=>{if(l.key==="Escape"&&i!=="")o("");else if(l.key==="ArrowDown"||l.key==="Escape")r();else return;l.preventDefault(),
l.stopPropagation()}})}function Dl(n,e,t,r,i){let o=r.matched-1;if(o<0)return null;let s=e??i-1,l={ArrowDown:1,ArrowUp:-1,PageDown:t,PageUp:-t}[n];if(l!==void 0)return Math.min(Math.max(
s+l,0),o);if(n==="Home"||n==="End")return n==="Home"?0:o;let u=e===null?null:r.at(e);return u===null||e===null?null:n==="ArrowRight"?r.at(e+1)?.parent===u.index?
e+1:null:n==="ArrowLeft"?vp(u,e,r):null}function vp(n,e,t){for(let r=e-1;r>=0&&n.parent!==null;r-=1){let i=t.at(r);if(i===null)return null;if(i.index===n.parent)
return r}return null}var $r=class extends Yt{shouldComponentUpdate(e){return Object.keys(e).some(t=>e[t]!==this.props[t])}render({id:e,row:t,offset:r,y:i,isSelected:o,strayOf:s,now:l,
isNarrow:u}){let f={id:e,role:"row","aria-rowindex":r+1,"aria-selected":o,style:{transform:`translateY(${i}px)`},"data-offset":r};return t===null?a("div",{...f,
class:"tb-grid-row tb-grid-row-empty","aria-level":1,"aria-busy":"true",children:a("span",{class:"tb-row-what",role:"gridcell",children:a("span",{class:"tb-unse\
en",children:"Loading"})})}):a("div",{...f,class:"tb-grid-row","aria-level":t.depth+1,"data-tone":vr(t.status),children:[a("span",{class:"tb-row-status",role:"g\
ridcell",children:t.status!=="none"&&a($,{children:[a(vn,{status:t.status}),t.status]})}),a(kp,{row:t,strayOf:s,isNarrow:u}),a(Pp,{row:t,now:l}),u&&a("span",{class:"\
tb-row-detail",role:"gridcell",children:_(t.detail)}),a("span",{class:"tb-row-actor",role:"gridcell",title:ke(t.actor),children:_(Le(t.actor))}),a("span",{class:"\
tb-row-sandbox",role:"gridcell",title:Ep(t.sandbox),children:t.sandbox===null?"":_(Rp(t.sandbox))}),a("time",{class:"tb-row-time",role:"gridcell",title:ye(t.at),
children:ul(t.at)})]})}},xp=8;function kp({row:n,strayOf:e,isNarrow:t}){return a("span",{class:"tb-row-what",role:"gridcell",children:[a("span",{class:`tb-inden\
t tb-depth-${Math.min(n.depth,xp)}`}),e!==null&&a("span",{class:"tb-row-stray",children:["in ",_(kn(e))]}),a("span",{class:"tb-row-type",children:kn(n)}),a("spa\
n",{class:Qp(n)?"tb-row-title tb-code-font":"tb-row-title",children:_(n.title)}),!t&&n.detail!==""&&a("span",{class:"tb-row-detail",children:_(n.detail)})]})}function Qp({
type:n}){return n==="cell"||n==="tool"||n==="step"||n==="deps"}function Pp({row:n,now:e}){let t=e===null?n.duration_ms:Math.max(0,e-n.at);return a("span",{class:"\
tb-row-duration",role:"gridcell",children:t!==null&&a($,{children:[a("span",{class:"tb-took","aria-hidden":"true",children:a("span",{class:"tb-took-length",style:{
width:`${Math.round(100*ll(t))}%`}})}),a("span",{class:"tb-took-time",children:e===null?xn(t):al(t)})]})})}function Rp(n){return n==="none"?"no sandbox":n}function Ep(n){
return n===null?"":`sandbox: ${ke(n)}`}var Nr=class{shift=0;last=0;view;constructor(e){this.view=e}get extent(){return Math.min(this.length,1e7)}top(e){return Il(e+this.shift,0,this.listEnd)}resize(e){
this.view=e,this.length<=1e7&&(this.shift=0)}moved(e){Math.abs(e-this.last)>2*this.view.height&&(this.shift=this.inList(e)-e),this.last=e}scrollTo(e){let t=Il(e,
0,this.listEnd),r=this.inElement(t);return this.shift=t-r,this.last=r,r}settle(e){return this.scrollTo(this.top(e))}get length(){return this.view.count*this.view.
rowHeight}get listEnd(){return Math.max(0,this.length-this.view.height)}get elementEnd(){return Math.max(0,this.extent-this.view.height)}get exact(){return this.
elementEnd/4}get ratio(){return(this.listEnd-2*this.exact)/Math.max(1,this.elementEnd-2*this.exact)}inList(e){if(e<=this.exact)return e;let t=this.elementEnd-e;
return t<=this.exact?this.listEnd-t:this.exact+(e-this.exact)*this.ratio}inElement(e){if(e<=this.exact)return e;let t=this.listEnd-e;return t<=this.exact?this.elementEnd-
t:this.exact+(e-this.exact)/this.ratio}};function Il(n,e,t){return Math.min(Math.max(n,e),t)}var Ap=700;function Ul(n){let[e,t]=E({rowHeight:26,height:0,isNarrow:!1});return xe(()=>{let r=n.current;if(r===null)return;let i=()=>{let s=parseFloat(getComputedStyle(
r).fontSize),l=r.clientWidth<Ap;t({rowHeight:Math.round(s*(l?3.25:2)),height:r.clientHeight,isNarrow:l})};i();let o=new ResizeObserver(i);return o.observe(r),()=>o.
disconnect()},[]),e}var Eo=10,$p=150;function jl(n){let{grid:e,rows:t,selected:r,isFollowing:i,reveal:o}=n,{onFollow:s,onScroll:l,onSelect:u,onOpen:f}=n,d=Te(),{rowHeight:O,height:p,
isNarrow:h}=Ul(e),g={rowHeight:O,height:p,count:t.matched},y=V(null);y.current??=new Nr(g);let b=y.current;b.resize(g);let[,x]=E(0),P=V(null),N=X=>{e.current!==
null&&(e.current.scrollTop=b.scrollTo(X),P.current=b.top(e.current.scrollTop)/O,x(F=>F+1))},W=t.isLoaded&&p>0;xe(()=>{W&&!i&&N((P.current??n.start)*O)},[W,O]);let M=V(
t);xe(()=>{M.current!==t&&!i&&r===null&&N(0),M.current=t},[t]),xe(()=>{i&&W&&N(t.matched*O)},[i,W,t.matched,p,O]),xe(()=>{if(o!==null&&W){let X=b.top(e.current?.
scrollTop??0);N(Xl(o.offset,X,g))}},[o,W]);let z=V(p);xe(()=>{let X=z.current;if(z.current=p,r===null||i||p===0||p>=X)return;let[F,Ge]=[b.top(e.current?.scrollTop??
0),r*O];Ge>=F&&Ge+O<=F+X&&N(Xl(r,F,g))},[p]);let k=b.top(e.current?.scrollTop??0),A=Math.max(0,Math.floor(k/O)-Eo),q=Math.min(t.matched,Math.ceil((k+p)/O)+Eo)-1;
G(()=>{p>0&&t.need(A,Math.max(A,q))});let I=V(void 0);G(()=>()=>clearTimeout(I.current),[]);let C=()=>{let X=e.current?.scrollTop??0;if(b.moved(X),p===0)return;
let F=b.top(X)/O,Ge=P.current??F,ge=F+p/O>=t.matched-.5;ge&&F>Ge?s(!0):!ge&&F<Ge-.05&&s(!1),P.current=F,x(te=>te+1),clearTimeout(I.current),I.current=setTimeout(
()=>{l(Math.floor(F));let te=b.settle(X);Math.abs(te-X)>1&&N(b.top(te))},$p)},R=qp(A,q);r!==null&&r<t.matched&&(r<A||r>q)&&R.push(r);let U=R.some(X=>t.at(X)?.status===
"running"),B=Se(1e3,U),ee=Math.max(1,Math.floor(p/O)-1),Qe=Math.min(t.matched,Math.floor((k+p)/O)),Pe=Np(t,W,i,Qe);return a("div",{class:"tb-grid-frame",children:[
a("div",{ref:e,class:h?"tb-grid tb-narrow":"tb-grid",role:"treegrid","aria-label":"Timeline","aria-rowcount":t.isLoaded?t.matched:-1,"aria-busy":!t.isLoaded,"ar\
ia-activedescendant":r===null?void 0:`${d}-${r}`,"aria-readonly":"true",tabIndex:0,style:{"--tb-row":`${O}px`},onScroll:C,onClick:X=>{let F=zp(X.target);F!==null&&
t.at(F)!==null&&f(F)},onKeyDown:X=>{if(X.ctrlKey||X.metaKey||X.altKey)return;let F=Dl(X.key,r,ee,t,A+Eo);if(F!==null)u(F);else if(X.key==="Enter"&&r!==null)f(r);else if(X.
key==="Escape")n.onClose();else if(X.key==="/")n.onFilter();else return;X.preventDefault(),X.stopPropagation()},children:a("div",{class:"tb-grid-extent",role:"r\
owgroup",style:{height:`${b.extent}px`},children:R.map(X=>{let F=t.at(X);return a($r,{id:`${d}-${X}`,row:F,offset:X,y:X*O-b.shift,isSelected:X===r,strayOf:F===null?
null:Cp(F,X,t),now:F?.status==="running"?B:null,isNarrow:h},X)})})}),t.isLoaded&&t.matched===0&&a("p",{class:"tb-empty tb-no-rows",children:t.total===0?"Nothing\
 has happened yet.":"No row matches."}),Pe>0&&a("button",{type:"button",class:"tb-button tb-unseen-rows",onClick:()=>s(!0),children:[Pe.toLocaleString("en")," n\
ew"]})]})}function Np(n,e,t,r){let i=V({rows:n,end:0});return(!e||t||i.current.rows!==n)&&(i.current={rows:n,end:n.matched}),i.current.end=Math.min(n.matched,Math.
max(i.current.end,r)),n.matched-i.current.end}function qp(n,e){return Array.from({length:Math.max(0,e-n+1)},(t,r)=>n+r)}function Cp(n,e,t){let r=e===0?null:t.at(
e-1),i=e===0||r!==null;return n.parent===null||!i||!cl(n,r,o=>t.byIndex(o))?null:(t.needParent(n.parent),t.byIndex(n.parent))}function zp(n){let e=n instanceof Element?
n.closest("[data-offset]"):null;return e===null?null:Number(e.dataset.offset)}function Xl(n,e,{rowHeight:t,height:r}){let i=n*t;return i<e-r||i>e+2*r?i-(r-t)/2:
Math.min(Math.max(e,i+t-r),i)}var qr=class{total=0;matched=0;types=[];actors=[];statuses=[];problem=null;isLoaded=!1;ask;askParent;changed;isFiltered;pages=new Map;asked=new Map;parents=new Map;wanted=[
0];timer=null;isDisposed=!1;constructor(e,t,r,i){this.ask=e,this.askParent=t,this.changed=i,this.isFiltered=!$o(r),this.fetchWanted()}dispose(){this.isDisposed=
!0,this.timer!==null&&clearTimeout(this.timer)}at(e){return this.pages.get(Math.floor(e/200))?.rows[e%200]??null}byIndex(e){return(this.isFiltered?this.find(e)?.
row:this.at(e))??this.parents.get(e)??null}needParent(e){this.byIndex(e)!==null||this.parents.has(e)||this.isDisposed||(this.parents.set(e,null),this.askParent(
e).then(t=>{this.parents.set(e,t),this.changed()},()=>this.parents.delete(e)))}need(e,t){let r=Gl(e,t),i=Gl(Math.max(0,e-150),Math.min(t+150,this.matched-1));this.
wanted=[...r,...i.filter(o=>!r.includes(o))],this.wanted.forEach(o=>this.use(o)),this.fetchWanted()}hear(e){e.type==="reset"?this.reload():e.type==="rows"&&(this.
total=Math.max(this.total,e.total),e.rows.forEach(t=>this.take(t)),this.asked.forEach(t=>t.heard.push(...e.rows)),this.isFiltered?this.reloadSoon():(this.matched=
this.total,this.fetchWanted()),this.changed())}reload(){this.pages.forEach(e=>{e.isStale=!0}),this.asked.forEach(e=>{e.isOutdated=!0}),this.problem=null,this.fetchWanted()}reloadSoon(){
this.timer??=setTimeout(()=>{this.timer=null,this.reload()},250)}take(e){this.types=Ao(this.types,e.type),this.actors=Ao(this.actors,e.actor),this.statuses=Ao(this.
statuses,e.status),this.parents.has(e.index)&&this.parents.set(e.index,e);let[t,r]=[Math.floor(e.index/200),e.index%200];if(this.isFiltered){let o=this.find(e.index);
o!==null&&(o.page.rows[o.place]=e);return}let i=this.pages.get(t);i!==void 0&&r<=i.rows.length?i.rows[r]=e:i===void 0&&r===0&&this.keep(t,{rows:[e],isStale:!1})}find(e){
for(let t of this.pages.values()){let[r,i]=[t.rows[0],t.rows.at(-1)];if(r!==void 0&&i!==void 0&&r.index<=e&&e<=i.index){let o=t.rows.findIndex(l=>l.index===e),s=t.
rows[o];if(s!==void 0)return{page:t,place:o,row:s}}}return null}fetchWanted(){for(let e of this.wanted){if(this.asked.size>=2)return;!this.asked.has(e)&&this.isMissing(
e)&&this.problem===null&&this.fetch(e)}}isMissing(e){let t=this.pages.get(e);return t===void 0||t.isStale?!this.isLoaded||e*200<this.matched||t!==void 0:t.rows.
length<Math.min(200,this.matched-e*200)}async fetch(e){let t={heard:[],isOutdated:!1};this.asked.set(e,t);try{let r=await this.ask(e*200,200);!this.isDisposed&&
!t.isOutdated&&this.receive(e,r,t.heard)}catch(r){this.problem=r}finally{this.asked.delete(e)}this.isDisposed||(this.fetchWanted(),this.changed())}receive(e,t,r){
this.total=Math.max(t.total,this.isFiltered?t.total:this.total),this.matched=this.isFiltered?t.matched:this.total,this.types=t.types,this.actors=t.actors,this.statuses=
t.statuses,this.isLoaded=!0,this.problem=null,this.keep(e,{rows:[...t.rows],isStale:!1}),r.forEach(i=>this.take(i))}keep(e,t){this.pages.delete(e),this.pages.set(
e,t);for(let r of this.pages.keys()){if(this.pages.size<=50)return;this.pages.delete(r)}}use(e){let t=this.pages.get(e);t!==void 0&&this.keep(e,t)}};function Ao(n,e){
return n.includes(e)?n:[...n,e]}function Gl(n,e){let[t,r]=[Math.floor(n/200),Math.floor(Math.max(n,e)/200)];return Array.from({length:r-t+1},(i,o)=>t+o)}function $o(n){
return(n.types??[]).length===0&&(n.actors??[]).length===0&&(n.statuses??[]).length===0&&(n.text??"").trim()===""&&(n.max_depth??null)===null}function Fl({transport:n,onNews:e},t,r){let[i,o]=yi((f,d)=>f+1,0),s=V(0),l=_e(()=>{let f=()=>{s.current||=requestAnimationFrame(()=>{s.current=0,o(null)})},d=(p,h)=>n.
request("rows",{thread:t,offset:p,limit:h,filter:r}),O=p=>n.request("rows",{thread:t,offset:p,limit:1}).then(h=>h.rows[0]??null);return new qr(d,O,r,f)},[n,t,r]);
G(()=>{let f=e(d=>{(d.type==="reset"||d.type==="rows"&&d.thread===t)&&l.hear(d)});return()=>{f(),l.dispose()}},[l,e,t]);let u=V(l);return(l.isLoaded||l.problem!==
null)&&(u.current=l),{rows:u.current,version:i}}function Hl(n){let{thread:e}=n.context;return e===null?a(qe,{children:"No thread yet. It appears here as soon as a cell runs in the threadbook kernel."}):a(Wp,{
...n,thread:e},e)}var Lp={filter:{},first:0,isFollowing:!0,selected:null,isOpen:!1};function Wp(n){let{context:e,isShown:t,memory:r,target:i,thread:o}=n,s=`time\
line ${o}`,l=V(r.get(s,Lp)),[u,f]=E(l.current.filter),[d,O]=E(l.current.isFollowing),[p,h]=E(l.current.isOpen),{rows:g,version:y}=Fl(e,o,u),b=ol(e.transport,o,u,
g,y,{start:l.current.selected,isFollowing:d}),{selected:x,find:P}=b,N=V(null),W=V(null),M=$e(R=>{l.current={...l.current,...R},r.set(s,l.current)},[r,s]);G(()=>M(
{filter:u,isFollowing:d,selected:x?.id??null,isOpen:p}),[M,u,d,x?.id,p]);let[z,k]=E(null);G(()=>{i!==null&&i.thread===o&&(k(i),O(!1),h(!0),P(i.id,!0))},[i]);let A=R=>{
b.select(R),k(null),R<g.matched-1&&O(!1)},q=()=>W.current?.focus(),I=()=>{h(!1),k(null),q()},C=p?x?.id??null:null;return a("div",{class:C===null?"tb-timeline":"\
tb-timeline tb-split",children:[a("div",{class:"tb-timeline-list",children:[a("div",{class:"tb-toolbar",role:"group","aria-label":"Timeline controls",children:a(
Vl,{rows:g,filter:u,search:N,onChange:f,onLeave:q,children:[a(Mp,{rows:g,isFiltered:!$o(u)}),a("button",{type:"button",class:"tb-button","aria-pressed":d,onClick:()=>O(
!d),children:"Follow"})]})}),g.problem!==null&&a("div",{class:"tb-problem",children:[a(ot,{problem:Be(g.problem)}),a("button",{type:"button",class:"tb-button",onClick:()=>g.
reload(),children:"Try again"})]}),a(jl,{grid:W,rows:g,selected:x?.offset??null,isFollowing:d,start:l.current.first,reveal:b.reveal,onFollow:O,onScroll:R=>M({first:R}),
onSelect:A,onOpen:R=>{A(R),h(!0),e.say("Record opened")},onClose:I,onFilter:()=>N.current?.focus()})]}),C!==null&&a(Ml,{id:C,context:e,isShown:t,target:z,onClose:I})]})}
function Mp({rows:n,isFiltered:e}){let[t,r]=[n.matched.toLocaleString("en"),n.total.toLocaleString("en")],i=e?`${t} of ${r}`:`${r} ${n.total===1?"row":"rows"}`;
return a("span",{class:"tb-row-count",children:n.isLoaded?i:""})}function Yl(n,e,t){let r=new Yn(t.name??"panel"),i=o=>pi(a(Vp,{transport:e,options:t,memory:r,wanted:o}),n);return i(null),{show:o=>i({thread:o}),choose:o=>i({tab:o}),
dispose:()=>pi(null,n)}}function Vp({transport:n,options:e,memory:t,wanted:r}){let[i,o]=E(()=>e.thread??t.get("thread",null)),[s,l]=E(()=>Zl(t.get("tab","timeli\
ne"))),[u,f]=E(null),[d,O]=E({text:"",urgency:"polite"}),p=Te(),{onNews:h,isLive:g}=Dp(n,i),y=Ip(n,h),b=$e(z=>{o(z),f(null),t.set("thread",z)},[t]),x=$e(z=>{l(z),
t.set("tab",z)},[t]);G(()=>{r!==null&&"tab"in r?x(Zl(r.tab)):r!==null&&b(r.thread)},[r,b,x]);let P=$e((z,k="polite")=>{O(A=>({text:A.text===z?`${z} `:z,urgency:k}))},
[]),N=$e((z,k)=>{let A=q=>{b(q),x("timeline"),f({id:z,thread:q})};if(k!==void 0){A(k);return}n.request("record",{id:z}).then(q=>A(q.thread),q=>P(q instanceof Error?
q.message:String(q),"assertive"))},[n,b,x,P]),{jump:W}=e,M=_e(()=>({transport:n,thread:i,onNews:h,open:N,show:z=>{b(z),x("timeline")},...W===void 0?{}:{jump:W},
say:P}),[n,i,h,N,b,x,W,P]);return a("div",{class:e.compact===!0?"tb-panel tb-compact":"tb-panel",role:"region","aria-label":"Threadbook",children:[a(ao,{context:M}),
a("div",{class:"tb-top",children:[a(zs,{panel:p,tabs:Bl,current:s,counts:{decisions:y},choose:x}),a(Up,{thread:i,isLive:g})]}),a(Ti,{panel:p,id:"timeline",current:s,
children:z=>a(Hl,{context:M,isShown:z,memory:t,target:u})}),lo.map(({id:z,view:k})=>a(Ti,{panel:p,id:z,current:s,children:A=>a(k,{context:M,isShown:A})},z)),a(Xp,
{text:d.text,urgency:d.urgency})]})}var Bl=[{id:"timeline",label:"Timeline"},...lo];function Zl(n){return Bl.some(({id:e})=>e===n)?n:"timeline"}function Dp(n,e){
let[t,r]=E(null),i=V(new Set),o=$e(s=>(i.current.add(s),()=>{i.current.delete(s)}),[]);return G(()=>{let s=l=>[...i.current].forEach(u=>u(l));return n.subscribe(
e,s,r)},[n,e]),{onNews:o,isLive:t}}function Ip(n,e){let[t,r]=E(0);return G(()=>{let i=!0,o=()=>n.request("decisions",{thread:null,limit:0}).then(l=>i&&r(l.pending),
()=>{});o();let s=e(l=>{l.type==="decisions"?r(l.pending):l.type==="reset"&&o()});return()=>{i=!1,s()}},[n,e]),t}function Up({thread:n,isLive:e}){let t=e===null?
"Connecting":e?"Live":"Cut off";return a("div",{class:"tb-liveness","data-live":e===!0,children:[n!==null&&a("span",{class:"tb-thread-name",title:ke(n),children:_(
Ue(n))}),a("span",{class:"tb-live",role:"status",children:t})]})}function Xp({text:n,urgency:e}){return a($,{children:[a("div",{class:"tb-unseen","aria-live":"p\
olite",children:e==="polite"&&_(n)}),a("div",{class:"tb-unseen","aria-live":"assertive",children:e==="assertive"&&_(n)})]})}var jp={type:"NotSaved",message:"only the newest rows are saved with the notebook",remedy:"run the cell again to see the rest"},Cr=class{canWrite=!1;saved;constructor(e){
this.saved={...e,rows:e.rows.map(t=>Co(t,e.at))}}request(e,t){let r=this.answers[e];return r===void 0?Promise.reject(new Xe(jp)):Promise.resolve(r(t))}subscribe(e,t,r){
return r(!1),()=>{}}answers={rows:({offset:e,limit:t,filter:r})=>{let i=this.saved.rows,o=i.filter(s=>Jl(s,r??{}));return{thread:this.saved.thread??"",total:i.length,
matched:o.length,offset:e,rows:o.slice(e,e+t),types:qo(i.map(s=>s.type)),actors:qo(i.map(s=>s.actor)),statuses:qo(i.map(s=>s.status))}},place:({id:e,filter:t})=>{
let i=this.saved.rows.filter(o=>Jl(o,t??{})).findIndex(o=>o.id===e||o.end===e);return{offset:i<0?null:i}},decisions:()=>({pending:this.saved.waiting.length,decisions:this.
saved.waiting.map(e=>({...e,thread:this.saved.thread??"",status:"pending",expires_at:null,blocking:!1,options:[],refusal:"this is a saved state",call:null,answer:null}))})}};
function Co(n,e){return n.status==="running"?{...n,status:"open",duration_ms:Math.max(0,e-n.at)}:n}function Jl(n,e){let t=(e.text??"").toLowerCase();return No(e.
types,n.type)&&No(e.actors,n.actor)&&No(e.statuses,n.status)&&(e.max_depth===void 0||e.max_depth===null||n.depth<=e.max_depth)&&[n.title,n.detail,n.actor,n.kind].
some(r=>r.toLowerCase().includes(t))}function No(n,e){return n===void 0||n.length===0||n.includes(e)}function qo(n){return[...new Set(n)]}var Gp=12e3,Fp=15e3,zr=class{canWrite;view=Hp();waiting=new Map;running=new Map;total=0;timers;pushes;requests;tell;subscription=null;life="connecting";heard=0;last=0;constructor(e,t,r){
this.pushes=e,this.requests=t,this.tell=r,this.canWrite=e.get("_can_write")===!0,e.on("msg:custom",this.take),t.on("msg:custom",this.settle),t.on("comm_live_upd\
ate",this.look),t.on("comm:close",this.end),this.timers=[setInterval(this.listen,1e3),setInterval(this.stay,Fp)]}request(e,t){let r=this.ask(e,{...t});return e===
"rows"?r.then(i=>this.noted(i)):r}subscribe(e,t,r){let i={thread:e,hear:t,state:r};return this.subscription=i,this.running.clear(),this.follow(),()=>{this.subscription===
i&&(this.subscription=null,this.leave())}}dispose(){this.timers.forEach(clearInterval),this.pushes.off("msg:custom",this.take),this.requests.off("msg:custom",this.
settle),this.requests.off("comm_live_update",this.look),this.requests.off("comm:close",this.end),this.leave(),this.fail(new Xe(Zp))}follow(){let e=this.subscription;
e!==null&&this.ask("subscribe",{thread:e.thread}).then(t=>{this.subscription===e&&Ut(t)&&t.is_followed===!0&&e.hear({type:"reset"})},()=>{})}leave(){this.life!==
"ended"&&this.send("unsubscribe",{})}ask(e,t){return this.life==="ended"||this.life==="silent"?Promise.reject(new Xe(this.life==="ended"?Kl:eu)):new Promise((r,i)=>{
this.waiting.set(this.send(e,t),{resolve:r,reject:i})})}send(e,t){return this.last+=1,this.requests.send({request:this.last,view:this.view,name:e,params:t}),this.
last}take=e=>{if(this.hearKernel(),!Ut(e)||e.type!=="news"||this.subscription===null)return;let{thread:t,hear:r}=this.subscription;if(e.thread===t){let i=e.news;
r(i.type==="rows"?this.noted(i):i)}};noted(e){if(e.thread!==this.subscription?.thread)return e;this.total=e.total;for(let t of e.rows)t.status==="running"?this.
running.set(t.index,t):this.running.delete(t.index);return e}settle=e=>{if(!Ut(e)||e.view!==this.view)return;this.hearKernel();let t=this.waiting.get(e.request);
this.waiting.delete(e.request),Ut(e.error)?t?.reject(new Xe(e.error)):t?.resolve(e.result)};look=()=>{zo(this.requests)||this.end()};end=()=>{this.become("ended"),
this.fail(new Xe(Kl));let{thread:e,hear:t}=this.subscription??{};if(t!==void 0&&typeof e=="string"&&this.running.size>0){let r=[...this.running.values()].map(i=>Co(
i,this.heard));this.running.clear(),t({type:"rows",thread:e,total:this.total,rows:r})}};hearKernel(){this.heard=Date.now();let e=this.life;this.become("live"),e===
"silent"&&(this.follow(),this.subscription?.hear({type:"reset"}))}listen=()=>{this.life==="live"&&this.subscription!==null&&Date.now()-this.heard>Gp&&(this.become(
"silent"),this.fail(new Xe(eu)))};stay=()=>{this.subscription===null||this.life!=="live"||this.ask("alive",{}).then(e=>{Ut(e)&&e.is_known!==!0&&this.follow()},()=>{})};become(e){
this.life===e||this.life==="ended"||(this.life=e,this.subscription?.state(e==="live"),this.tell(e))}fail(e){let t=[...this.waiting.values()];this.waiting.clear(),
t.forEach(({reject:r})=>r(e))}};function zo(n){return n.comm_live!==!1}function Ut(n){return typeof n=="object"&&n!==null&&!Array.isArray(n)}function Hp(){return[
...crypto.getRandomValues(new Uint32Array(4))].map(n=>n.toString(16)).join("-")}var Kl={type:"KernelEnded",message:"the kernel of this panel has ended",remedy:"\
run the cell again, or look in the sidebar"},eu={type:"KernelSilent",message:"the kernel does not answer",remedy:"wait, or look in the sidebar, which does witho\
ut the kernel"},Zp={type:"Closed",message:"this view was closed",remedy:null};async function Yp({model:n,el:e}){let t=document.createElement("p");t.className="tb-notice",t.setAttribute("role","status");let r=document.createElement("div");
e.classList.add("tb-widget"),e.append(Kp(n),t,r);let i=await tu(n,"_table"),o=await Bp(n,i,u=>{t.textContent=Jp(u,nu(n,i))});t.textContent=o.notice;let s=Yl(r,o.
transport,{thread:Lo(n),compact:!0,name:"widget"}),l=()=>s.show(Lo(n));return n.on("change:thread",l),()=>{n.off("change:thread",l),s.dispose(),o.dispose(),e.replaceChildren()}}
async function Bp(n,e,t){let r=await tu(n,"_requests");if(r===null||!zo(r)){let o=nu(n,e);return{transport:new Cr(o),notice:`Saved state of ${ru(o.at)}; not liv\
e.`,dispose:()=>{}}}let i=new zr(n,r,t);return{transport:i,notice:"",dispose:()=>i.dispose()}}async function tu(n,e){try{return await n.widget_manager.get_model(
String(n.get(e)))}catch{return null}}function Jp(n,e){switch(n){case"ended":return`The kernel has ended; not live. This is the state of ${ru(e.at)} or later.`;case"\
silent":return"The kernel does not answer; what is shown may be out of date.";default:return""}}function nu(n,e){let t={at:Date.now(),thread:Lo(n),total:0,rows:[],
waiting:[]};try{let r=JSON.parse(String(e?.get("_snapshot")));return Ut(r)&&Array.isArray(r.rows)?{...t,...r}:t}catch{return t}}function Lo(n){let e=n.get("thre\
ad");return typeof e=="string"?e:null}function ru(n){return new Date(n).toLocaleString()}function Kp(n){let e=String(n.get("_table")).replace(/[^\w-]/g,""),t=document.
createElement("style"),r=`.threadbook-static-${e}`;return t.textContent=`${r}, .jp-OutputArea-child:has(${r}) { display: none; }`,t}var A_={render:Yp};export{A_ as default};
/*! Bundled license information:

dompurify/dist/purify.es.mjs:
  (*! @license DOMPurify 3.4.18 | (c) Cure53 and other contributors | Released under the Apache license 2.0 and Mozilla Public License 2.0 | github.com/cure53/DOMPurify/blob/3.4.18/LICENSE *)
  (*! regenerator-runtime -- Copyright (c) 2014-present, Facebook, Inc. -- license (MIT): https://github.com/babel/babel/blob/main/packages/babel-helpers/LICENSE *)
*/
